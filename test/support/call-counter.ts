import { createServer, type AddressInfo } from 'node:net';

/** A server that hangs up on everybody, and counts them. */
export interface CallCounter {
  port: number;
  calls: () => number;
  close: () => void;
}

export async function startCallCounter(): Promise<CallCounter> {
  let calls = 0;
  const server = createServer((socket) => {
    calls += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { port, calls: () => calls, close: () => server.close() };
}
