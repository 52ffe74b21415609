import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** Clients wrap what Node says of a connection in errors of their own, or hide its code; its words survive. */
const FAULTS: [words: RegExp, sentence: string][] = [
  [/altnames/, 'the server’s certificate is for another host name'],
  [/certificate (has expired|is not yet valid)/, 'the server’s certificate is not valid now'],
  [
    /self.signed certificate|unable to (verify|get) .*certificate/,
    'nobody whom this process trusts vouches for the server’s certificate; NODE_EXTRA_CA_CERTS names a file of others to trust',
  ],
  [
    /wrong version number|packet length too long|not support SSL|with STARTTLS/,
    'TLS is demanded, and the server does not speak it there',
  ],
];

/**
 * What is wrong with the TLS of a connection, for those who configure it.
 * @param text what a client says of its failure
 * @param setting the variable that says where to connect
 * @returns undefined when it is about something else
 */
export function tlsFault(text: string, setting: string): string | undefined {
  const fault = FAULTS.find(([words]) => words.test(text));
  return fault && `${setting}: ${fault[1]}`;
}

/**
 * Say what is wrong with the TLS of a connection, and by which setting.
 * @param error of whichever client
 * @returns an error with a sentence; what is about something else as it is
 */
export function explainTls(error: unknown, setting: string): unknown {
  if (!Error.isError(error)) return error;
  const fault = tlsFault(error.message, setting);
  return fault === undefined ? error : new Error(`${fault} (${error.message})`, { cause: error });
}

/**
 * See that there are certificates in the file that Node trusts beside its own: Node goes on without a word that anybody
 * would read when there are none.
 * @throws Error naming the setting
 */
export async function insistOnAuthorities(path: string | undefined): Promise<void> {
  if (path === undefined) return;
  try {
    const blocks = (await readFile(path, 'utf8')).match(/-----BEGIN CERTIFICATE-----.*?-----END[^-]*-----/gs);
    if (!blocks) throw new Error('it holds no certificate in PEM');
    for (const block of blocks) new X509Certificate(block);
  } catch (cause) {
    const reason = Error.isError(cause) ? cause.message : String(cause);
    throw new Error(`NODE_EXTRA_CA_CERTS="${path}" can’t be used: ${reason}`, { cause });
  }
}
