/** The endpoint for Prometheus: what it tells, and to whom. */
import { request, type IncomingHttpHeaders } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Respd } from '../../src/server.ts';
import { RawClient } from '../support/raw-client.ts';
import { freePort } from '../support/server-process.ts';

let server: Respd;
let port: number;
let client: RawClient;

beforeAll(async () => {
  port = await freePort();
  server = await Respd.start({
    port: 0,
    'metrics-port': port,
    'latency-monitor-threshold': 1,
    'slowlog-log-slower-than': 0,
    'enable-debug-command': 'yes',
  });
  client = await RawClient.connect({ port: server.port });
});

afterAll(async () => {
  client.close();
  await server.close();
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

function ask(path = '/metrics', method = 'GET', body = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ port, path, method, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () =>
        resolve({ status: response.statusCode!, headers: response.headers, text }),
      );
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

/** What is told a second later at most: answers are kept that long. */
async function figuresWhen(
  condition: (figures: Map<string, number>) => boolean,
): Promise<Map<string, number>> {
  for (;;) {
    const { text } = await ask();
    const figures = parse(text);
    if (condition(figures)) return figures;
  }
}

const SAMPLE =
  /^([a-z_]+(?:\{[a-z_]+="(?:[^"\\\n]|\\.)*"(?:,[a-z_]+="(?:[^"\\\n]|\\.)*")*\})?) (\S+)$/;

/** The samples, by name and labels; throws for what is not in the text format. */
function parse(text: string): Map<string, number> {
  const figures = new Map<string, number>();
  let family = '';
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('# HELP ')) continue;
    const type = /^# TYPE (\S+) (gauge|counter|summary|histogram)$/.exec(line);
    if (type !== null) {
      family = type[1]!;
      continue;
    }
    const sample = SAMPLE.exec(line);
    if (sample === null || !sample[1]!.startsWith(family)) throw new Error(`unexpected: ${line}`);
    if (figures.has(sample[1]!)) throw new Error(`told twice: ${line}`);
    figures.set(sample[1]!, Number(sample[2]));
  }
  return figures;
}

describe('GET /metrics', () => {
  it("tells the server's figures under redis_exporter's names", async () => {
    for (let i = 0; i < 5; i++) await client.call('SET', `k${i}`, 'v', 'EX', 1000);
    await client.call('GET', 'k0');
    await client.call('GET', 'nosuch');
    await client.call('INCR', 'k0');
    await client.call('GET');
    await client.call('DEBUG', 'SLEEP', '0.002');
    const figures = await figuresWhen(
      (some) =>
        some.get('redis_commands_total{cmd="set"}') === 5 &&
        // The cycle of expiry measures it.
        some.get('redis_db_avg_ttl_seconds{db="db0"}')! > 0,
    );
    const expected: Record<string, number> = {
      redis_up: 1,
      redis_connected_clients: 1,
      redis_keyspace_hits_total: 1,
      redis_keyspace_misses_total: 1,
      'redis_db_keys{db="db0"}': 5,
      'redis_db_keys_expiring{db="db0"}': 5,
      'redis_db_keys{db="db15"}': 0,
      'redis_commands_total{cmd="get"}': 2,
      'redis_commands_failed_calls_total{cmd="incr"}': 1,
      'redis_commands_rejected_calls_total{cmd="get"}': 1,
      'redis_errors_total{err="ERR"}': 2,
      'redis_commands_latencies_usec_bucket{cmd="set",le="+Inf"}': 5,
      'redis_commands_latencies_usec_count{cmd="set"}': 5,
      redis_config_maxclients: 10_000,
      'redis_config_client_output_buffer_limit_bytes{class="pubsub",limit="hard"}': 33_554_432,
      redis_rdb_last_bgsave_status: 1,
      redis_slowlog_length: 9,
    };
    for (const [name, value] of Object.entries(expected))
      expect(`${name} ${figures.get(name)}`).toBe(`${name} ${value}`);
    const positive = [
      'redis_memory_used_bytes',
      'redis_memory_used_rss_bytes',
      'redis_commands_duration_seconds_total{cmd="set"}',
      'redis_commands_processed_total',
      'redis_net_input_bytes_total',
      'redis_net_output_bytes_total',
      'redis_start_time_seconds',
      'redis_latency_percentiles_usec{cmd="get",quantile="0.99"}',
      'redis_latency_spike_duration_seconds{event_name="command"}',
      'redis_latency_spike_last{event_name="command"}',
    ];
    for (const name of positive) expect(figures.get(name), name).toBeGreaterThan(0);
    expect(figures.get('redis_event_loop_delay_seconds{quantile="0.99"}')).toBeGreaterThanOrEqual(
      0,
    );
    const info = [...figures.keys()].find((name) => name.startsWith('redis_instance_info{'));
    expect(info).toContain('redis_version="7.0.15"');
    expect(info).toContain('role="master"');
    // The parts of a histogram only rise.
    const counts = [...figures]
      .filter(([name]) => name.startsWith('redis_commands_latencies_usec_bucket{cmd="get"'))
      .map(([, count]) => count);
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
  });

  it('has the type and length of its text, and nothing to say to HEAD', async () => {
    const { headers, status, text } = await ask();
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(Number(headers['content-length'])).toBe(Buffer.byteLength(text));
    expect((await ask('/metrics?x=1', 'HEAD')).text).toBe('');
  });
});

describe('whoever asks', () => {
  it('gets nothing but metrics', async () => {
    expect((await ask('/')).status).toBe(200);
    expect((await ask('/nosuch')).status).toBe(404);
    expect((await ask('/metrics/../etc/passwd')).status).toBe(404);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const { headers, status } = await ask('/metrics', method, 'x'.repeat(100_000)).catch(
        // The connection may be closed before all of the body is sent.
        () => ({ status: 405, headers: { connection: 'close' } }),
      );
      expect(status).toBe(405);
      expect(headers.connection).toBe('close');
    }
  });

  it('is turned away with what is no HTTP, too long, or another protocol', async () => {
    const long = 'x'.repeat(20_000);
    const inputs = [
      '*1\r\n$4\r\nPING\r\n',
      '\0\0\0\0\r\n\r\n',
      `GET /${long} HTTP/1.1\r\n\r\n`,
      `GET /metrics HTTP/1.1\r\nHost: x\r\nX: ${long}\r\n\r\n`,
      'GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
      'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n',
    ];
    for (const input of inputs) expect(await exchange(input)).not.toContain('200 OK');
    expect((await ask()).status).toBe(200);
  });

  it('holds a few connections at most', async () => {
    const sockets: Socket[] = [];
    await new Promise<void>((resolve) => {
      let refused = 0;
      for (let i = 0; i < 50; i++) {
        const socket = connect(port, '127.0.0.1');
        socket.on('error', () => {});
        socket.on('close', () => {
          if (++refused === 18) resolve();
        });
        sockets.push(socket);
      }
    });
    expect(await client.call('PING')).toMatchObject({ text: 'PONG' });
    for (const socket of sockets) socket.destroy();
  });
});

/** Sends bytes, and returns what comes until the connection is closed. */
function exchange(input: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(input));
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
  });
}

it('does not start when the port is taken, and listens on loopback only by default', async () => {
  await expect(Respd.start({ port: 0, 'metrics-port': port })).rejects.toThrow(/in use/);
  const reply = await client.call('CONFIG', 'GET', 'metrics-bind');
  expect(reply).toMatchObject({ items: [{}, { bytes: Buffer.from('127.0.0.1 -::1') }] });
});
