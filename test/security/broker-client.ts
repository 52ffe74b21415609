import amqp, { type Channel, type ChannelModel, type ConfirmChannel } from 'amqplib';

/** Somebody at the broker with the password of a role. */
export interface Attacker {
  /** Try something on a channel of its own; resolves to RabbitMQ's code when it is refused, else to `done`. */
  attempt(deed: (channel: Channel) => Promise<unknown>): Promise<number | 'done'>;
  /** Send something; resolves to RabbitMQ's code when it is refused, else to `done`. */
  send(
    exchange: string,
    key: string,
    content: object,
    options?: amqp.Options.Publish,
  ): Promise<number | 'done'>;
  leave(): Promise<void>;
}

/** Connect with the password of a role. */
export async function attackAs(url: string): Promise<Attacker> {
  const connection = await amqp.connect(url, { noDelay: true });
  const attempt = <C extends Channel>(open: () => Promise<C>, deed: (channel: C) => Promise<unknown>) =>
    refusalOf(open, deed);
  return {
    attempt: (deed) => attempt(() => connection.createChannel(), deed),
    send: (exchange, key, content, options = {}) =>
      attempt(
        () => confirming(connection),
        async (channel) => {
          channel.publish(exchange, key, Buffer.from(JSON.stringify(content)), options);
          await channel.waitForConfirms();
        },
      ),
    leave: () => connection.close(),
  };
}

const confirming = (connection: ChannelModel): Promise<ConfirmChannel> => connection.createConfirmChannel();

async function refusalOf<C extends Channel>(
  open: () => Promise<C>,
  deed: (channel: C) => Promise<unknown>,
): Promise<number | 'done'> {
  const channel = await open();
  const refused = new Promise<number>((resolve) =>
    channel.on('error', ({ code }: { code: number }) => resolve(code)),
  );
  const done = deed(channel).then(async () => {
    await channel.close();
    return 'done' as const;
  });
  // A refusal ends the channel, which may be told before or after the deed's own failure.
  return Promise.race([refused, done.catch(() => refused)]);
}
