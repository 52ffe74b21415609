// What a program would do that only wants to store a body, or to send a file: `node plain-server.ts port folder` writes
// every body into a file and answers with its SHA-256; a GET sends the file of that name.
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

const [port = '', folder = ''] = process.argv.slice(2);
createServer((req, res) => {
  if (req.method === 'GET') {
    const file = createReadStream(join(folder, req.url ?? ''), { highWaterMark: 1024 ** 2 });
    pipeline(file, res).catch(() => res.destroy());
    return;
  }
  const hash = createHash('sha256');
  req.on('data', (chunk: Buffer) => hash.update(chunk));
  pipeline(req, createWriteStream(join(folder, randomUUID()))).then(
    () => res.writeHead(201).end(hash.digest('hex')),
    () => res.destroy(),
  );
}).listen(Number(port), '127.0.0.1');
