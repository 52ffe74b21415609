/** One e-mail. The id is the notification's: it makes sending the same notification twice recognisable. */
export interface Mail {
  /** A UUID. */
  id: string;
  /** One bare address, as `ana@example.com`. */
  to: string;
  subject: string;
  text: string;
  html: string;
  /** Files that the HTML shows as `cid:…`. */
  inline?: InlineFile[];
  /** Where a POST switches such mail off (RFC 8058), and a person can do so. */
  unsubscribeUrl?: string | undefined;
}

/** A file that travels within a mail. */
export interface InlineFile {
  /** As `frame@example`; unique in the mail. */
  cid: string;
  filename: string;
  contentType: string;
  content: Buffer;
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
  /** It is the mailbox that takes no mail, whatever the mail says. */
  readonly isAboutRecipient: boolean;

  constructor(message: string, { isAboutRecipient = false, ...options }: Refusal = {}) {
    super(message, options);
    this.isAboutRecipient = isAboutRecipient;
  }
}

interface Refusal extends ErrorOptions {
  isAboutRecipient?: boolean;
}

/** Whether an error of {@link Mailer.send} makes trying again pointless. */
export function isRefusal(error: unknown): error is MailRefused {
  return error instanceof Error && error.name === 'MailRefused';
}
