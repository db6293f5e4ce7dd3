/** Parser, hash table and heap by themselves: `npm run bench -- micro`. */
import { run } from 'mitata';

import { benchDict } from './dict.ts';
import { benchHeap } from './heap.ts';
import { benchParser } from './parser.ts';

benchParser();
benchDict();
benchHeap();
await run();
