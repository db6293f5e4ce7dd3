/** The leaderboard: its key, its players and their scores. */
import { fill } from '../wire/fill.ts';

export const BOARD = 'leaderboard';
/** Digits of a player's number, and of a score. */
export const DIGITS = 7;
/** Scores are whole numbers below this; with ten million players, about ten share each. */
const SCORES = 1_000_000;

export function playerName(index: number): string {
  return `player:${String(index).padStart(DIGITS, '0')}`;
}

export function randomScore(): number {
  return Math.floor(Math.random() * SCORES);
}

export function randomPlayer(players: number): string {
  return playerName(Math.floor(Math.random() * players));
}

/** Adds all players, in a scattered order, with a first score each. */
export function fillBoard(port: number, players: number): Promise<void> {
  const command = ['ZADD', BOARD, '#'.repeat(DIGITS), `player:${'@'.repeat(DIGITS)}`];
  return fill({ port, count: players, command });
}
