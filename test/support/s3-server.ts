// An S3 server as a program: `node s3-server.ts folder port bucket [certificate key]`. It is s3rver, with what that lacks of S3: objects
// and parts appear whole or not at all (s3rver writes in place, and answers before it has written), unfinished
// multipart uploads can be listed and aborted, parts but the last have 5 MiB, an unfinished upload that was given up
// takes nothing more, a range can be the first byte alone, and listings have more than one page.
import crypto, { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import S3rver from 's3rver';

// Its tokens for the next page are made with DES, which Node no longer has; triple DES with one key is the same.
const { createCipheriv, createDecipheriv } = crypto;
const thrice = (key: Buffer) => Buffer.concat([key, key, key]);
Object.assign(crypto, {
  createCipheriv: (_des: string, key: Buffer, iv: Buffer) => createCipheriv('des-ede3-cbc', thrice(key), iv),
  createDecipheriv: (_des: string, key: Buffer, iv: Buffer) =>
    createDecipheriv('des-ede3-cbc', thrice(key), iv),
});

const [folder = '', port = '', bucket = '', certFile, keyFile] = process.argv.slice(2);
const server = new S3rver({
  directory: folder,
  silent: true,
  vhostBuckets: false,
  configureBuckets: [{ name: bucket }],
});
const { store } = server;
const MIN_PART_BYTES = 5 * 1024 ** 2;
const uploads = store.getResourcePath(bucket, undefined, 'uploads');

store.putObject = async ({ bucket, key, content, metadata }) => {
  const written = await writeWhole(store.getResourcePath(bucket, key, 'object'), content);
  await store.putMetadata(bucket, key, metadata, written.md5);
  return written;
};

store.putPart = async (_bucket, uploadId, partNumber, content) => {
  const path = join(uploads, uploadId, partNumber);
  const written = await writeWhole(path, content);
  await writeFile(`${path}.md5`, written.md5);
  return written;
};

const putObjectMultipart = store.putObjectMultipart.bind(store);
store.putObjectMultipart = async (bucket, uploadId, parts) => {
  for (const { number } of parts.slice(0, -1)) {
    const { size } = await stat(join(uploads, uploadId, String(number)));
    if (size < MIN_PART_BYTES) throw new Error(`Part ${number} of ${uploadId} is too small`);
  }
  return putObjectMultipart(bucket, uploadId, parts);
};

const getObject = store.getObject.bind(store);
store.getObject = (bucket, key, options) =>
  // s3rver takes the number 0 for no end at all.
  getObject(bucket, key, options.end === 0 ? { ...options, end: '0' } : options);

async function writeWhole(path: string, content: Readable) {
  const draft = join(`${folder}-drafts`, randomUUID());
  const md5 = createHash('md5');
  let size = 0;
  const watch = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      size += chunk.length;
      md5.update(chunk);
      yield chunk;
    }
  };
  try {
    await mkdir(dirname(draft), { recursive: true });
    await mkdir(dirname(path), { recursive: true });
    await pipeline(content, watch, createWriteStream(draft));
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
  return { size, md5: md5.digest('hex') };
}

/** Answers the requests that s3rver does not know. */
async function answer(req: IncomingMessage, res: ServerResponse): Promise<boolean> {
  const { pathname, searchParams } = new URL(req.url ?? '/', 'http://s3');
  const uploadId = searchParams.get('uploadId');
  const isBucket = pathname === `/${bucket}` || pathname === `/${bucket}/`;
  if (req.method === 'GET' && isBucket && searchParams.has('uploads')) {
    const body = await listUploads(searchParams.get('prefix') ?? '');
    send(res, 200, `<ListMultipartUploadsResult>${body}</ListMultipartUploadsResult>`);
  } else if (uploadId === null) return false;
  else return answerOf(req.method ?? '', join(uploads, uploadId), res);
  return true;
}

/** @param path of an unfinished upload */
async function answerOf(method: string, path: string, res: ServerResponse): Promise<boolean> {
  if (!(await modified(path))) send(res, 404, '<Error><Code>NoSuchUpload</Code></Error>');
  else if (method === 'GET') send(res, 200, `<ListPartsResult>${await listParts(path)}</ListPartsResult>`);
  else if (method === 'DELETE') await rm(path, { recursive: true }).then(() => send(res, 204, ''));
  else return false;
  return true;
}

async function listUploads(prefix: string): Promise<string> {
  const ids = await readdir(uploads).catch(() => []);
  const entries = ids.map(async (id) => {
    const key = await readFile(join(uploads, id, 'key'), 'utf8').catch(() => undefined);
    const initiated = await modified(join(uploads, id, 'key'));
    if (!key?.startsWith(prefix) || !initiated) return '';
    return `<Upload><Key>${key}</Key><UploadId>${id}</UploadId><Initiated>${initiated}</Initiated></Upload>`;
  });
  return (await Promise.all(entries)).join('');
}

async function listParts(path: string): Promise<string> {
  const numbers = (await readdir(path)).filter((name) => /^\d+$/.test(name));
  const parts = numbers.map(async (number) => {
    const part = join(path, number);
    const [at, { size }, md5] = await Promise.all([
      modified(part),
      stat(part),
      readFile(`${part}.md5`, 'utf8'),
    ]);
    const about = `<LastModified>${at}</LastModified><ETag>"${md5}"</ETag><Size>${size}</Size>`;
    return `<Part><PartNumber>${number}</PartNumber>${about}</Part>`;
  });
  return (await Promise.all(parts)).join('');
}

const modified = (path: string) =>
  stat(path).then(
    ({ mtime }) => mtime.toISOString(),
    () => undefined,
  );

function send(res: ServerResponse, status: number, xml: string): void {
  res.writeHead(status, { 'content-type': 'application/xml' }).end(xml);
}

// Whoever started it holds its standard input open, and so it does not outlive them.
process.stdin.resume().once('close', () => process.exit());

await server.configureBuckets();
const others = server.callback();
const handle = (req: IncomingMessage, res: ServerResponse) => {
  answer(req, res).then(
    (answered) => answered || others(req, res),
    (error: unknown) =>
      send(res, 500, `<Error><Code>InternalError</Code><Message>${String(error)}</Message></Error>`),
  );
};
const tls = certFile && keyFile ? { cert: await readFile(certFile), key: await readFile(keyFile) } : null;
(tls ? createTlsServer(tls, handle) : createServer(handle)).listen(Number(port), '127.0.0.1');
