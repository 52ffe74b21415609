import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeCertificates, NAME, trusting, type Certificates } from '../support/certificates.ts';
import { startTlsServers, type TlsServers } from '../support/tls-servers.ts';
import { connections } from './tls-connections.ts';

let servers: TlsServers;
let strangers: Certificates;
beforeAll(async () => {
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER' });
  [servers, strangers] = await Promise.all([startTlsServers(), makeCertificates()]);
}, 120_000);
afterAll(async () => {
  await Promise.all([servers.stop(), strangers.remove()]);
});

describe.each(connections)('$name', ({ setting, plain, ...connection }) => {
  const url = () => connection.url(servers);
  const use = (to: string) => connection.use(to);
  const elsewhere = (port: number | string, host = NAME) =>
    url().replace(/localhost(:|%3A)\d+/, `${host}$1${port}`);

  test('works with a server that a trusted authority vouches for', async () => {
    await trusting(servers.certificates, () => use(url()));
  });

  test('is refused when an authority that nobody trusts vouches for the server', async () => {
    await expect(trusting(strangers, () => use(url()))).rejects.toThrow(
      `${setting}: nobody whom this process trusts vouches for the server’s certificate; NODE_EXTRA_CA_CERTS`,
    );
  });

  test('is refused when the certificate is for another host', async () => {
    const [, port = ''] = /localhost(?::|%3A)(\d+)/.exec(url()) ?? [];
    await expect(trusting(servers.certificates, () => use(elsewhere(port, '127.0.0.1')))).rejects.toThrow(
      `${setting}: the server’s certificate is for another host name`,
    );
  });

  test('is refused when the server speaks plain text', async () => {
    const server = await plain(servers);
    try {
      await expect(trusting(servers.certificates, () => use(elsewhere(server.port)))).rejects.toThrow(
        `${setting}: TLS is demanded, and the server does not speak it`,
      );
    } finally {
      await server.stop();
    }
  });
});
