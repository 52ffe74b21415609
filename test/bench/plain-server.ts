// What a program would do that only wants to store a body: `node plain-server.ts port folder` writes every body into a
// file and answers with its SHA-256.
import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

const [port = '', folder = ''] = process.argv.slice(2);
createServer((req, res) => {
  const hash = createHash('sha256');
  req.on('data', (chunk: Buffer) => hash.update(chunk));
  pipeline(req, createWriteStream(join(folder, randomUUID()))).then(
    () => res.writeHead(201).end(hash.digest('hex')),
    () => res.destroy(),
  );
}).listen(Number(port), '127.0.0.1');
