import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startReceiver, type Receiver } from '../../../test/support/webhook-receiver.ts';
import { createGuard, createResolver, type Resolve } from './guard.ts';
import { post } from './post.ts';

const nowhere: Resolve = () => Promise.resolve([]);
const strict = (resolve: Resolve) => createGuard({ networks: [], allowHttp: false, resolve });
const atHome = (resolve: Resolve = nowhere) =>
  createGuard({ networks: ['127.0.0.0/8'], allowHttp: true, resolve });
const message = { headers: { 'webhook-id': '1' }, body: '{}' };

describe('at registration', () => {
  const known: Record<string, string[]> = {
    'public.example': ['8.8.8.8', '2606:4700::1111'],
    'inner.example': ['10.0.0.5'],
    'both.example': ['8.8.8.8', '127.0.0.1'],
    'metadata.example': ['169.254.169.254'],
  };
  const guard = strict((host) => (known[host] ? Promise.resolve(known[host]) : nowhere(host)));

  test.each([
    'https://public.example/hook',
    'https://public.example:8443/',
    'https://8.8.8.8/',
    'https://[2606:4700::1]/',
  ])('%s is admitted', (url) => expect(guard.admit(url)).resolves.toBeUndefined());

  test.each([
    'https://inner.example/',
    'https://both.example/',
    'https://metadata.example/',
    'https://127.0.0.1/',
    'https://127.1/',
    'https://2130706433/',
    'https://0x7f.0.0.1/',
    'https://0177.0.0.1/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[64:ff9b::7f00:1]/',
  ])('%s is a forbidden target', (url) =>
    expect(guard.admit(url)).rejects.toMatchObject({ type: 'forbidden_target', code: 422 }),
  );

  test.each([
    ['http://public.example/', 'Use https'],
    ['https://unknown.example/', 'This host is not found'],
  ])('%s is not valid', (url, text) =>
    expect(guard.admit(url)).rejects.toMatchObject({
      type: 'validation_failed',
      data: { errors: [{ path: 'url', message: text }] },
    }),
  );
});

describe('a look-up', () => {
  const lookUp = (resolve: Resolve, all: boolean) =>
    new Promise((done, fail) => {
      strict(resolve).lookup('hooks.example', { all }, (error, ...found) =>
        error ? fail(error) : done(found),
      );
    });
  const several: Resolve = () => Promise.resolve(['2606:4700::1111', '8.8.8.8']);

  test('gives all addresses, or the first one, as a connection asks for them', async () => {
    expect(await lookUp(several, false)).toEqual(['2606:4700::1111', 6]);
    expect(await lookUp(several, true)).toEqual([
      [
        { address: '2606:4700::1111', family: 6 },
        { address: '8.8.8.8', family: 4 },
      ],
    ]);
  });

  test('of a name without an address fails', async () => {
    await expect(lookUp(nowhere, true)).rejects.toThrow('The host is not found');
  });

  test('of the name servers finds nothing under a name that cannot be', async () => {
    expect(await createResolver()('nobody.invalid')).toEqual([]);
  });
});

describe('at the connection', () => {
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await startReceiver();
  });
  afterAll(() => receiver.stop());
  beforeEach(() => {
    receiver.received.splice(0);
    receiver.respond = (res) => res.writeHead(200).end('fine');
  });
  const named = (host: string) => new URL(`http://${host}:${receiver.port}/hook?a=b`);

  test('the looked-up address is used and the host’s name is told', async () => {
    const guard = atHome(() => Promise.resolve(['127.0.0.1']));
    expect(await post(named('hooks.example'), message, { guard })).toMatchObject({
      statusCode: 200,
      body: 'fine',
    });
    expect(receiver.received).toMatchObject([
      { headers: { host: `hooks.example:${receiver.port}`, 'webhook-id': '1' }, body: '{}' },
    ]);
  });

  test('a name that was public at registration and is this machine afterwards gets nothing', async () => {
    const answers = [['8.8.8.8'], ['127.0.0.1']];
    const guard = createGuard({
      networks: [],
      allowHttp: true,
      resolve: () => Promise.resolve(answers.shift() ?? ['127.0.0.1']),
    });
    await guard.admit(named('rebinding.example').href);
    await expect(post(named('rebinding.example'), message, { guard })).rejects.toThrow(/not a public one/);
    expect(receiver.received).toEqual([]);
  });

  test('one address that is not public among others is enough', async () => {
    const guard = createGuard({
      networks: [],
      allowHttp: true,
      resolve: () => Promise.resolve(['8.8.8.8', '127.0.0.1']),
    });
    await expect(post(named('both.example'), message, { guard })).rejects.toThrow(/not a public one/);
  });

  test.each(['127.0.0.1', '127.1', '[::ffff:127.0.0.1]'])('the address %s gets nothing', async (host) => {
    const guard = createGuard({ networks: [], allowHttp: true, resolve: nowhere });
    await expect(post(named(host), message, { guard })).rejects.toThrow(/not a public one/);
    expect(receiver.received).toEqual([]);
  });

  test('plain HTTP that is not allowed any more gets nothing', async () => {
    const guard = createGuard({ networks: ['127.0.0.0/8'], allowHttp: false, resolve: nowhere });
    await expect(post(named('127.0.0.1'), message, { guard })).rejects.toThrow('Only https is allowed');
  });

  test('redirects are not followed', async () => {
    const guard = atHome(() => Promise.resolve(['127.0.0.1']));
    receiver.respond = (res) => res.writeHead(307, { location: receiver.url }).end('there');
    expect(await post(named('hooks.example'), message, { guard })).toMatchObject({ statusCode: 307 });
    expect(receiver.received).toHaveLength(1);
  });

  test('a name without an address, and a closed port, are told', async () => {
    await expect(post(named('gone.example'), message, { guard: atHome() })).rejects.toThrow(/not found/);
    const closed = await startReceiver();
    await closed.stop();
    await expect(post(new URL(closed.url), message, { guard: atHome() })).rejects.toThrow(/ECONNREFUSED/);
  });
});

describe('slow and large answers', () => {
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await startReceiver();
  });
  afterAll(() => receiver.stop());
  const send = (timeoutMs?: number) =>
    post(new URL(receiver.url), message, { guard: atHome(), ...(timeoutMs ? { timeoutMs } : {}) });

  test('no answer is given up after the limit, also in the middle of the headers', async () => {
    receiver.respond = () => undefined;
    await expect(send(200)).rejects.toThrow('No answer within 0.2 seconds');
    receiver.respond = (res) => res.socket?.write('HTTP/1.1 200 OK\r\nX-Slow: ');
    await expect(send(200)).rejects.toThrow('No answer within 0.2 seconds');
  });

  test('a name server that keeps silent counts, too', async () => {
    const guard = atHome(() => new Promise(() => undefined));
    await expect(post(new URL('http://slow.example/'), message, { guard, timeoutMs: 200 })).rejects.toThrow(
      'No answer within 0.2 seconds',
    );
  });

  test('a body that never ends is cut; its status counts', async () => {
    receiver.respond = (res) => {
      res.writeHead(200);
      const more = () => {
        while (!res.destroyed && res.write('x'.repeat(10_000)));
      };
      res.on('drain', more);
      more();
    };
    const { statusCode, body } = await send();
    expect([statusCode, body]).toEqual([200, 'x'.repeat(1024)]);
    receiver.respond = (res) => res.writeHead(500).write('stuck');
    expect(await send(200)).toMatchObject({ statusCode: 500, body: 'stuck' });
  });

  test('headers that are too large are a failure', async () => {
    receiver.respond = (res) => res.writeHead(200, { 'x-large': 'x'.repeat(100_000) }).end();
    await expect(send()).rejects.toThrow(/header/i);
  });
});

test('the certificate is checked for the name in the URL', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'webhook-tls-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=hooks.example', '-addext', 'subjectAltName=DNS:hooks.example'];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  await promisify(execFile)('openssl', ['req', '-x509', ...kind, ...subject, '-keyout', key, '-out', cert]);
  const tls = { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') };
  const receiver = await startReceiver(tls);
  const guard = atHome(() => Promise.resolve(['127.0.0.1']));
  const url = (host: string) => new URL(`https://${host}:${receiver.port}/`);
  try {
    await expect(post(url('hooks.example'), message, { guard })).rejects.toThrow(/self-signed/);
    await expect(post(url('other.example'), message, { guard, ca: tls.cert })).rejects.toThrow(/altnames/);
    expect(receiver.received).toEqual([]);
    expect(await post(url('hooks.example'), message, { guard, ca: tls.cert })).toMatchObject({
      statusCode: 204,
    });
  } finally {
    await receiver.stop();
    await rm(folder, { recursive: true });
  }
});
