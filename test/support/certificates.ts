import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** The name that the server's certificate has; the address of this machine is not in it. */
export const NAME = 'localhost';

/** An authority of its own, and a server's certificate by it. They live as long as a test. */
export interface Certificates {
  /** Whose files anybody on this machine may read: servers run as users of their own. */
  folder: string;
  /** The authority's certificate. */
  ca: string;
  caFile: string;
  certFile: string;
  keyFile: string;
  /** For servers in this process. */
  server: { cert: string; key: string };
  remove(): Promise<void>;
}

/** Make an authority, and have it sign a certificate for {@link NAME}. */
export async function makeCertificates(): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), 'certificates-'));
  await chmod(folder, 0o755);
  const [caFile, caKey, certFile, keyFile] = ['ca', 'ca-key', 'cert', 'key'].map((name) =>
    join(folder, `${name}.pem`),
  ) as [string, string, string, string];
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const make = (...args: string[]) => run('openssl', ['req', '-x509', ...newKey, ...args]);
  await make('-subj', '/CN=An authority of a test', '-keyout', caKey, '-out', caFile);
  const names = ['-subj', `/CN=${NAME}`, '-addext', `subjectAltName=DNS:${NAME}`];
  const signed = ['-CA', caFile, '-CAkey', caKey, '-addext', 'basicConstraints=critical,CA:FALSE'];
  await make(...names, ...signed, '-keyout', keyFile, '-out', certFile);
  await chmod(keyFile, 0o644);
  return {
    ...{ folder, caFile, certFile, keyFile },
    ca: await readFile(caFile, 'utf8'),
    server: { cert: await readFile(certFile, 'utf8'), key: await readFile(keyFile, 'utf8') },
    remove: () => rm(folder, { recursive: true }),
  };
}

/**
 * Do something while this process trusts an authority besides those that Node knows, as if it had been started with
 * NODE_EXTRA_CA_CERTS.
 */
export async function trusting<T>({ ca }: Certificates, work: () => Promise<T>): Promise<T> {
  const usual = tls.getCACertificates('default');
  tls.setDefaultCACertificates([...usual, ca]);
  try {
    return await work();
  } finally {
    tls.setDefaultCACertificates(usual);
  }
}
