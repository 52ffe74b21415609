import type { Channel, ChannelModel, ConsumeMessage, Message } from 'amqplib';
import { Transporters, type Packet } from 'moleculer';
import { roleIn, roleOfAction, roleOfNode, SHARED, userIn, type AnyRole } from '../../lib/broker/roles.ts';
import { ProblemError } from '../../lib/errors.ts';
import { metrics } from '../../lib/metrics.ts';
import { endConnection, openChannel, openConnection } from './connection.ts';
import { failRequest, failUnanswered } from './pending.ts';
import { consume, isAcknowledged, messageOptions, type Subscription } from './queues.ts';
import { isForNobody, isInternal, prepareExchanges, routeFrom, routeOf } from './routes.ts';
import { isBelievable } from './trust.ts';

const RECONNECT_MS = 1000;

/**
 * Moleculer's transporter on RabbitMQ, with the names and the balancing of the one that comes with it: the replicas of
 * a service compete for the requests in one queue for each action.
 *
 * It differs in what it does on a bad day. A request is acknowledged on the channel that brought it, or not at all,
 * and then goes to another replica. Whatever ends a channel ends the connection, and reconnecting sets everything up
 * again; so does a queue that somebody deletes. A request that cannot be sent fails at once. A process that stops
 * takes no new requests and finishes those in hand.
 */
export class AmqpTransporter extends Transporters.Base {
  readonly #url: string;
  #connection: ChannelModel | undefined;
  /** Only a channel that is open. */
  #channel: Channel | undefined;
  #connections = 0;
  #leaving = false;
  /** The consumer tags of shared queues, by queue. */
  readonly #shared = new Map<string, Promise<string | undefined>>();

  /** @param url `amqp://user:password@host:port/vhost` */
  constructor(url: string) {
    super({});
    this.hasBuiltInBalancer = true;
    this.#url = url;
  }

  /** The role that our user at RabbitMQ has. */
  get #role(): AnyRole {
    return roleIn(this.broker.namespace, this.#url);
  }

  /** Resolves when everything is subscribed. Moleculer tries again while the first connection fails; later we do. */
  override async connect(): Promise<void> {
    let lost: Error | undefined;
    let established = false;
    const connection = await openConnection(this.#url, this.nodeID, this.logger, (error, closed) => {
      lost = error;
      if (this.#connection === closed) this.connected = false;
      if (established) this.#recover(error);
    });
    this.#connection = connection;
    try {
      if (this.#leaving) throw new Error('This process is leaving');
      await this.#setUp(connection);
      if (lost) throw lost;
      established = true;
    } catch (error) {
      endConnection(connection);
      throw error;
    }
  }

  #recover(error: Error): void {
    if (this.#leaving) return;
    this.logger.warn('The connection to RabbitMQ is lost', error);
    failUnanswered(this.transit);
    this.#reconnect();
  }

  #reconnect(): void {
    // Not all processes at the same moment.
    const waitMs = RECONNECT_MS * (0.5 + Math.random());
    setTimeout(() => {
      this.connect().then(
        () => this.logger.info('The connection to RabbitMQ is back'),
        (error: unknown) => {
          this.logger.debug('Connecting to RabbitMQ failed', error);
          if (!this.#leaving) this.#reconnect();
        },
      );
    }, waitMs);
  }

  async #setUp(connection: ChannelModel): Promise<void> {
    await prepareExchanges(connection, { prefix: this.prefix, own: this.#role });
    const channel = await openChannel(connection, this.logger, (closed) => {
      if (this.#channel === closed) this.#channel = undefined;
    });
    channel.on('return', ({ content }: Message) => {
      // No queue took the request: there is nobody who could answer.
      const { id } = this.deserialize('REQ', content).payload as Packet.PacketRequestPayload;
      failRequest(this.transit, id);
    });
    this.#channel = channel;
    this.#shared.clear();
    this.#connections += 1;
    const again = this.#connections > 1;
    // At the first time `onConnected` does this.
    if (again) await this.transit.makeSubscriptions();
    await this.onConnected(again);
  }

  override async disconnect(): Promise<void> {
    this.#leaving = true;
    this.connected = false;
    const channel = this.#channel;
    this.#channel = undefined;
    // What was sent and acknowledged last goes out before the connection ends.
    await channel?.close().catch(() => undefined);
    await this.#connection?.close().catch(() => undefined);
  }

  override makeSubscriptions(topics: Record<string, unknown>[]): Promise<void> {
    return super.makeSubscriptions(topics).catch((error: unknown) => {
      this.logger.warn('Subscribing failed', error);
      // Requests wait for this promise: it is what their callers get.
      throw new ProblemError('unavailable');
    });
  }

  override async subscribe(cmd: string, nodeID?: string): Promise<void> {
    const topic = this.getTopicName(cmd, nodeID);
    if (!this.#channel) throw new ProblemError('unavailable');
    const own =
      nodeID === undefined
        ? { queue: `${topic}.${this.nodeID}`, from: { exchange: topic, key: '' } }
        : { queue: topic, from: routeFrom(this.prefix, roleOfNode(nodeID), cmd === 'REQ', topic) };
    await this.#consume(this.#channel, { cmd, ...own, shared: false });
  }

  override async subscribeBalancedRequest(action: string): Promise<void> {
    if (isInternal(action)) return;
    const queue = `${this.prefix}.REQB.${action}`;
    const from = routeFrom(this.prefix, roleOfAction(action), true, queue);
    await this.#share({ cmd: 'REQ', queue, from, shared: true });
  }

  override publishBalancedRequest(packet: Packet.Packet<Packet.PacketRequestPayload>): Promise<void> {
    if (!isInternal(packet.payload.action)) return super.publishBalancedRequest(packet);
    packet.target = this.nodeID;
    return this.publish(packet);
  }

  override async subscribeBalancedEvent(event: string, group: string): Promise<void> {
    const queue = `${this.prefix}.EVENTB.${group}.${event}`;
    const from = routeFrom(this.prefix, roleOfAction(`${group}.`), false, queue);
    await this.#share({ cmd: 'EVENT', queue, from, shared: true });
  }

  /** Moleculer calls this before it subscribes anew, and before the process stops: then it takes no new requests. */
  override async unsubscribeFromBalancedCommands(): Promise<void> {
    const channel = this.#channel;
    if (!channel) return;
    const joined = [...this.#shared.values()];
    this.#shared.clear();
    const cancel = async (tag: string | undefined) => {
      if (tag !== undefined && this.#channel === channel) await channel.cancel(tag);
    };
    await Promise.all(joined.map((joining) => joining.then(cancel))).catch((error: unknown) =>
      this.#abandon(channel, error),
    );
  }

  /** Never rejects: Moleculer does not look, and the reconnecting tries again. */
  #share(subscription: Subscription): Promise<string | undefined> {
    const channel = this.#channel;
    if (!channel) return Promise.resolve(undefined);
    const known = this.#shared.get(subscription.queue);
    if (known) return known;
    const joining = this.#consume(channel, subscription).catch((error: unknown) =>
      this.#abandon(channel, error),
    );
    this.#shared.set(subscription.queue, joining);
    return joining;
  }

  #consume(channel: Channel, subscription: Subscription): Promise<string> {
    return consume(
      channel,
      subscription,
      (message) => void this.#take(channel, subscription, message),
      // Consuming again on the same channel can leave RabbitMQ 3.10 with a consumer whose messages reach nobody.
      () => this.#abandon(channel, new Error(`The consumer of ${subscription.queue} was cancelled`)),
    );
  }

  async #take(channel: Channel, subscription: Subscription, message: ConsumeMessage): Promise<void> {
    const { content, properties } = message;
    try {
      if (this.#isBelievable(subscription.cmd, content, properties.userId))
        await this.receive(subscription.cmd, content);
      else metrics.forgedPackets.inc();
    } catch (error) {
      this.logger.error('A message could not be handled', error);
    }
    // The broker has taken back what a closed channel brought, and on another channel the tag means another message.
    if (isAcknowledged(subscription) && this.#channel === channel) channel.ack(message);
  }

  #isBelievable(cmd: string, content: Buffer, userId: unknown): boolean {
    const { namespace } = this.broker;
    // Where all have one user there is nothing to look for.
    if (this.#role === SHARED) return true;
    const packet = this.deserialize(cmd, content) as AnyPacket;
    return isBelievable({ namespace, transit: this.transit }, packet, userId);
  }

  /** A fault that leaves this process with fewer consumers than it should have: connecting anew is the cure. */
  #abandon(channel: Channel, error: unknown): undefined {
    if (this.#channel !== channel) return;
    this.#channel = undefined;
    this.logger.warn('RabbitMQ refused or ended a subscription; connecting anew', error);
    if (this.#connection) endConnection(this.#connection);
  }

  override send(topic: string, data: Buffer, meta: { packet: AnyPacket; balanced?: boolean }): Promise<void> {
    const { packet, balanced } = meta;
    const channel = this.#channel;
    if (!channel) {
      // Somebody waits for a request; whatever else there is may get lost, and Moleculer would not catch it.
      return packet.type === 'REQ' ? Promise.reject(new ProblemError('unavailable')) : Promise.resolve();
    }
    if (isForNobody(packet)) return Promise.resolve();
    const self = { prefix: this.prefix, own: this.#role };
    const { exchange, key } = routeOf(self, topic, packet, balanced === true);
    const requestTimeoutMs = this.broker.options.requestTimeout ?? 0;
    try {
      const options = messageOptions(packet, { userId: userIn(this.#url), requestTimeoutMs });
      channel.publish(exchange, key, data, options);
      return Promise.resolve();
    } catch (error) {
      // A name that is no queue's: of an action, or of a sender that wants an answer.
      if (packet.type === 'REQ') return Promise.reject(new ProblemError('unavailable'));
      this.logger.warn('A packet could not be sent', error);
      return Promise.resolve();
    }
  }
}

type AnyPacket = Packet.Packet<Packet.PacketPayload>;
