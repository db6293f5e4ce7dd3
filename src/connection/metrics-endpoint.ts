/**
 * The endpoint for Prometheus: `GET /metrics` by HTTP on a port of its own, in the text format that
 * prom-client writes. It is loaded when the port is configured, and only then.
 *
 * It answers anybody who can reach it, as such endpoints do, so it listens on the loopback interface
 * unless `metrics-bind` says otherwise. Whoever asks cannot hold much: few connections, small heads,
 * no bodies, short time-outs; and what was made for one is told to all who ask within a second.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { AddressInfo, Socket } from 'node:net';
import type { Families, MetricFamily, Metrics } from '../observe/metrics.ts';

type PromClient = typeof import('prom-client');

const MAX_CONNECTIONS = 32;
const MAX_HEADER_BYTES = 8192;
const HEADERS_TIMEOUT_MS = 5000;
/** Longer than the usual interval of scraping, so that a connection serves more than one. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
/** For how long a text is told again. */
const FRESH_MS = 1000;
/** How often the event loop's delay is measured. */
const DELAY_RESOLUTION_MS = 20;
const QUANTILES = [0.5, 0.9, 0.99, 0.999];
const NANOSECONDS = 1e9;

export class MetricsEndpoint {
  readonly #metrics: Metrics;
  readonly #prom: PromClient;
  readonly #servers: Server[] = [];
  readonly #delay: IntervalHistogram;
  #made: { readonly at: number; readonly text: Promise<string> } | undefined;

  private constructor(metrics: Metrics, prom: PromClient) {
    this.#metrics = metrics;
    this.#prom = prom;
    this.#delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
    this.#delay.enable();
    metrics.addSource((families) => this.#addDelay(families));
  }

  /**
   * Listens on a port (0: any free one) of each address; one that begins with `-` may be missing.
   * Rejects with the system's reason.
   */
  static async open(
    metrics: Metrics,
    port: number,
    addresses: readonly string[],
  ): Promise<MetricsEndpoint> {
    const endpoint = new MetricsEndpoint(metrics, await import('prom-client'));
    try {
      for (const address of addresses) await endpoint.#listen(endpoint.port || port, address);
    } catch (error) {
      endpoint.close();
      throw error;
    }
    return endpoint;
  }

  /** The port it listens on. */
  get port(): number {
    return (this.#servers[0]?.address() as AddressInfo | null | undefined)?.port ?? 0;
  }

  close(): void {
    this.#delay.disable();
    for (const server of this.#servers.splice(0)) {
      server.close();
      server.closeAllConnections();
    }
  }

  async #listen(port: number, address: string): Promise<void> {
    const isOptional = address.startsWith('-');
    const host = address.replace(/^-/, '');
    const server = createServer(
      {
        maxHeaderSize: MAX_HEADER_BYTES,
        headersTimeout: HEADERS_TIMEOUT_MS,
        requestTimeout: HEADERS_TIMEOUT_MS,
        connectionsCheckingInterval: HEADERS_TIMEOUT_MS,
        keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
        keepAlive: true,
      },
      (request, response) => void this.#answer(request, response),
    );
    server.maxConnections = MAX_CONNECTIONS;
    server.on('clientError', (_error: Error, socket: Socket) => refuse(socket));
    // Nothing here speaks another protocol over the same connection.
    server.on('upgrade', (_request: IncomingMessage, socket: Socket) => refuse(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('listening', resolve);
      server.once('error', (error: NodeJS.ErrnoException) => {
        const isMissing = error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT';
        if (isOptional && isMissing) resolve();
        else reject(error);
      });
      server.listen({ port, host: host === '*' ? '0.0.0.0' : host, ipv6Only: host.includes(':') });
    });
    if (server.listening) this.#servers.push(server);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A body is not read: with one on its way the connection cannot be used again.
    const { headers } = request;
    if ('transfer-encoding' in headers || 'content-length' in headers)
      response.setHeader('Connection', 'close');
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (!isRead) {
      reply(response.setHeader('Allow', 'GET, HEAD'), 405, 'Method Not Allowed\n');
      return;
    }
    const path = request.url!.replace(/\?.*$/, '');
    if (path !== '/metrics') {
      reply(response, path === '/' ? 200 : 404, 'Metrics are at /metrics\n');
      return;
    }
    try {
      const text = await this.#text();
      response.setHeader('Content-Type', this.#prom.Registry.PROMETHEUS_CONTENT_TYPE);
      reply(response, 200, text);
    } catch {
      reply(response, 500, 'Metrics could not be collected\n');
    }
  }

  #text(): Promise<string> {
    const now = performance.now();
    if (this.#made === undefined || now - this.#made.at >= FRESH_MS)
      this.#made = { at: now, text: this.#render() };
    return this.#made.text;
  }

  #render(): Promise<string> {
    const registry = new this.#prom.Registry();
    for (const family of this.#metrics.collect()) this.#register(registry, family);
    return registry.metrics();
  }

  /**
   * prom-client counts by itself what its metrics show; ours are counted already, so one of its
   * metrics, whatever the kind, is made to tell what is found here.
   */
  #register(registry: InstanceType<PromClient['Registry']>, family: MetricFamily): void {
    const { name, help, kind } = family;
    const metric = new this.#prom.Gauge({ name, help, registers: [registry] });
    const values = family.samples.map(({ labels, value, suffix }) =>
      suffix === undefined ? { labels, value } : { labels, value, metricName: name + suffix },
    );
    const shown = { name, help, type: kind, aggregator: 'sum', values };
    metric.get = () => Promise.resolve(shown as never);
  }

  #addDelay(families: Families): void {
    const delay = this.#delay;
    const help = 'How late the event loop was, beyond what it was measured with.';
    for (const quantile of QUANTILES) {
      const late = delay.percentile(quantile * 100) / NANOSECONDS - DELAY_RESOLUTION_MS / 1000;
      families.add('event_loop_delay_seconds', 'summary', help, Math.max(0, late), { quantile });
    }
    const longest = Math.max(0, delay.max / NANOSECONDS - DELAY_RESOLUTION_MS / 1000);
    families.add('event_loop_delay_max_seconds', 'gauge', 'The longest since last asked.', longest);
    delay.reset();
  }
}

function reply(response: ServerResponse, status: number, text: string): void {
  const bytes = Buffer.from(text);
  response.statusCode = status;
  if (!response.hasHeader('Content-Type')) response.setHeader('Content-Type', 'text/plain');
  response.setHeader('Content-Length', bytes.length);
  response.end(bytes);
}

function refuse(socket: Socket): void {
  if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
  else socket.destroy();
}
