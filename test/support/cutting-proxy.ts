import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A network that breaks: TCP connections to a server that end in the middle. */
export interface CuttingProxy {
  url: string;
  /** How many connections were cut, or brought to a standstill. */
  cuts(): number;
  close(): Promise<void>;
}

/**
 * Stand in front of a server, and cut connections after a number of bytes from the client.
 * @param target the URL of the server
 * @param nextCut how many bytes the next connection may carry, after so many cuts; undefined lets it be
 * @param then what becomes of a connection that has carried them: it ends, or stays and carries no more
 */
export async function startCuttingProxy(
  target: string,
  nextCut: (cuts: number) => number | undefined,
  then: 'end' | 'stand still' = 'end',
): Promise<CuttingProxy> {
  const { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  let cuts = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    let left = nextCut(cuts);
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => undefined).on('close', () => open.delete(socket));
    }
    const cut = () => {
      cuts++;
      if (then === 'stand still') return;
      client.destroy();
      upstream.destroy();
    };
    client.on('data', (chunk: Buffer) => {
      const passed = left === undefined ? chunk : chunk.subarray(0, left);
      if (left !== undefined) left -= passed.length;
      upstream.write(passed, () => {
        if (left === 0) cut();
        else client.resume();
      });
      client.pause();
    });
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.end());
    upstream.pipe(client);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cuts: () => cuts,
    close: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
