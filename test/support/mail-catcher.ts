import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.ts';
import { freePort } from './ports.ts';

/** A mail as MailDev tells of it. */
interface CaughtMail {
  subject: string;
  text: string;
  to: { address: string }[];
}

/** A mail server that keeps what it gets. */
export interface MailCatcher {
  /** For `MAIL_URL`. */
  url: string;
  /** Wait for the first mail to an address whose subject fits. */
  waitFor(address: string, subject: RegExp): Promise<CaughtMail>;
  stop(): Promise<void>;
}

/** Start MailDev on the loopback address, as a process of its own. */
export async function startMailCatcher(): Promise<MailCatcher> {
  const [smtpPort, webPort] = [await freePort(), await freePort()];
  const cli = join(dirname(fileURLToPath(import.meta.resolve('maildev'))), 'bin', 'maildev.js');
  const local = ['--ip', '127.0.0.1', '--web-ip', '127.0.0.1', '--silent'];
  const args = [cli, '--smtp', String(smtpPort), '--web', String(webPort), ...local];
  const process = spawn(globalThis.process.execPath, args, { stdio: 'ignore' });
  const list = async (): Promise<CaughtMail[]> => {
    const response = await fetch(`http://127.0.0.1:${webPort}/api/email`);
    return (await response.json()) as CaughtMail[];
  };
  const isListening = () => list().then(Array.isArray, () => false);
  await eventually(isListening, 'MailDev to listen');
  return {
    url: `smtp://127.0.0.1:${smtpPort}`,
    waitFor: (address, subject) => {
      const isWanted = ({ to, subject: told }: CaughtMail) =>
        subject.test(told) && to.some((it) => it.address === address);
      const look = async () => (await list()).find(isWanted);
      return eventually(look, `a mail ${String(subject)} to ${address}`, 60_000);
    },
    stop: async () => {
      const ended = once(process, 'exit');
      process.kill();
      await ended;
    },
  };
}
