/** One e-mail. The id is the notification's: it makes sending the same notification twice recognisable. */
export interface Mail {
  id: string;
  to: string;
  subject: string;
  text: string;
  html: string;
}

/** Sends mail; resolves when the next hop has taken responsibility for it. */
export interface Mailer {
  send(mail: Mail): Promise<void>;
  /** @throws when mail can't be handed over right now */
  ping(): Promise<void>;
  close(): void;
}
