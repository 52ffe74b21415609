/** One e-mail. The id is the notification's: it makes sending the same notification twice recognisable. */
export interface Mail {
  /** A UUID. */
  id: string;
  /** One bare address, as `ana@example.com`. */
  to: string;
  subject: string;
  text: string;
  html: string;
}

/** Sends mail; resolves when the next hop has taken responsibility for it. */
export interface Mailer {
  /**
   * Sending the same mail again is safe: it carries the same Message-ID.
   * @throws MailRefused when this mail will never be taken; any other error when trying again later may help
   */
  send(mail: Mail): Promise<void>;
  /** @throws when mail can't be handed over right now */
  ping(): Promise<void>;
  /** Mail that is on its way fails. */
  close(): void;
}

/** The mail itself is refused for good: the same mail would be refused again. */
export class MailRefused extends Error {
  override readonly name = 'MailRefused';
}

/** Whether an error of {@link Mailer.send} makes trying again pointless. */
export function isRefusal(error: unknown): error is MailRefused {
  return error instanceof Error && error.name === 'MailRefused';
}
