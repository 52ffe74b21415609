import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeCertificates, type Certificates } from '../test/support/certificates.ts';
import { explainTls, insistOnAuthorities } from './tls-fault.ts';

let certificates: Certificates;
beforeAll(async () => {
  certificates = await makeCertificates();
});
afterAll(() => certificates.remove());

test('an error about something else stays as it is', () => {
  const error = new Error('connect ECONNREFUSED 127.0.0.1:5671');
  expect(explainTls(error, 'AMQP_URL')).toBe(error);
  expect(explainTls('words', 'AMQP_URL')).toBe('words');
});

test('a file with certificates is taken, and so is none', async () => {
  await expect(insistOnAuthorities(certificates.caFile)).resolves.toBeUndefined();
  await expect(insistOnAuthorities(undefined)).resolves.toBeUndefined();
});

test('a certificate that is damaged, also behind a good one, is told with the file', async () => {
  const path = join(certificates.folder, 'two.pem');
  const damaged = certificates.ca.replace(/^[A-Za-z0-9+/]{64}$/m, 'AAAA');
  await writeFile(path, `${certificates.ca}\n${damaged}`);
  await expect(insistOnAuthorities(path)).rejects.toThrow(`NODE_EXTRA_CA_CERTS="${path}" can’t be used: `);
});

test('a file that is not there is told', async () => {
  await expect(insistOnAuthorities('/nowhere.pem')).rejects.toThrow(
    'NODE_EXTRA_CA_CERTS="/nowhere.pem" can’t be used: ENOENT',
  );
});
