import { once } from 'node:events';
import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';

/** What becomes of a request: undefined lets it pass. */
type Treatment = { status: number; headers?: Record<string, string> } | { cutAfter: number } | undefined;

/** A proxy that speaks HTTP, and sometimes answers itself, or breaks off in an answer. */
export interface Front {
  url: string;
  /** All requests, as `GET /video?limit=1`. */
  requests: string[];
  /** How to treat a request; `seen` counts those with the same line, this one included. */
  treat: (line: string, seen: number) => Treatment;
  close(): Promise<void>;
}

/** Stand in front of a server; lets everything pass until told otherwise. */
export async function startFront(target: string): Promise<Front> {
  const server = createServer((req, res) => {
    const line = `${req.method} ${req.url}`;
    front.requests.push(line);
    const treatment = front.treat(line, front.requests.filter((each) => each === line).length);
    if (treatment && 'status' in treatment) res.writeHead(treatment.status, treatment.headers).end();
    else pass(target, req, res, treatment?.cutAfter);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const front: Front = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    treat: () => undefined,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return front;
}

function pass(target: string, req: IncomingMessage, res: ServerResponse, cutAfter?: number): void {
  const { method, headers, url = '' } = req;
  const upstream = forward(new URL(url, target), { method, headers }, (answer) => {
    res.writeHead(answer.statusCode ?? 502, answer.headers);
    res.flushHeaders();
    const passing = cutAfter === undefined ? pipeline(answer, res) : passSome(answer, res, cutAfter);
    void passing.catch(() => res.destroy());
  });
  void pipeline(req, upstream).catch(() => res.destroy());
  res.once('close', () => upstream.destroy());
}

/** So many bytes arrive, then the connection breaks. */
async function passSome(answer: IncomingMessage, res: ServerResponse, count: number): Promise<void> {
  let left = count;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    const passed = chunk.subarray(0, left);
    left -= passed.length;
    if (passed.length > 0) await new Promise((written) => res.write(passed, written));
    if (left === 0) break;
  }
  res.destroy();
}
