import { randomUUID } from 'node:crypto';
import amqp from 'amqplib';
import fc from 'fast-check';
import { ServiceBroker } from 'moleculer';
import { AmqpTransporter } from '../../mixins/transporter/amqp-transporter.ts';
import { onlyOneOfThisName } from '../../mixins/transporter/own-name.ts';
import { borrowBroker } from '../support/rabbitmq.ts';
import { assert } from './assert.ts';
import { campaign } from './campaign.ts';
import { anyJson, damaged, junk } from './junk.ts';

const ACTION = 'echo.say';
const NODE = 'victim';
/** After so many packets it is asked whether it still answers. */
const ASK_EVERY = 50;

const oneOf = (...texts: string[]) => fc.constantFrom(...texts);
const COMMANDS = [
  'REQ',
  'RES',
  'EVENT',
  'INFO',
  'DISCOVER',
  'HEARTBEAT',
  'PING',
  'PONG',
  'DISCONNECT',
] as const;

interface Packet {
  command: string;
  content: string;
}

/** Fields that Moleculer's packets have, each with a value that fits or one that does not. */
const fields = fc.record(
  {
    ver: oneOf('4', '5', '6', '999', ''),
    sender: fc.oneof(oneOf('attacker', NODE, ''), junk),
    id: fc.oneof(fc.uuid(), junk, anyJson),
    action: fc.oneof(oneOf(ACTION, '$node.list', 'none.such', '__proto__'), anyJson),
    params: anyJson,
    meta: anyJson,
    data: anyJson,
    level: anyJson,
    timeout: anyJson,
    tracing: anyJson,
    parentID: anyJson,
    requestID: anyJson,
    caller: anyJson,
    stream: anyJson,
    seq: anyJson,
    success: fc.boolean(),
    error: anyJson,
    event: fc.oneof(oneOf('x.y', '$node.connected'), anyJson),
    groups: anyJson,
    broadcast: anyJson,
    services: anyJson,
    config: anyJson,
    client: anyJson,
    instanceID: anyJson,
    cpu: anyJson,
    time: anyJson,
    arrived: anyJson,
  },
  { requiredKeys: ['ver', 'sender'] },
);

const inputs: fc.Arbitrary<Packet> = fc.record({
  command: oneOf(...COMMANDS),
  content: fc.oneof(
    { weight: 6, arbitrary: fields.map((it) => JSON.stringify(it)) },
    { weight: 1, arbitrary: damaged(fields.map((it) => JSON.stringify(it))) },
    {
      weight: 1,
      arbitrary: fc.oneof(
        junk,
        anyJson.map((it) => JSON.stringify(it)),
      ),
    },
    { weight: 1, arbitrary: fc.constant(`{"ver":"4","sender":"attacker","id":"${'x'.repeat(300_000)}"}`) },
  ),
});

function createNode(url: string, namespace: string, nodeID: string): ServiceBroker {
  return new ServiceBroker({
    ...{ namespace, nodeID, logger: false, disableBalancer: true, requestTimeout: 20_000 },
    ...{ transporter: new AmqpTransporter(url), skipProcessEventRegistration: true },
    middlewares: [onlyOneOfThisName(nodeID)],
  });
}

/** Packets to a node over the real transporter; it must go on answering. */
export const packets = campaign<Packet>('packets', async () => {
  const broker = await borrowBroker();
  const namespace = `fuzz-${randomUUID()}`;
  const [victim, caller] = [
    createNode(broker.url, namespace, NODE),
    createNode(broker.url, namespace, 'caller'),
  ];
  victim.createService({ name: 'echo', actions: { say: () => 'still here' } });
  await Promise.all([victim.start(), caller.start()]);
  await caller.waitForServices('echo');
  const connection = await amqp.connect(broker.url);
  const channel = await connection.createConfirmChannel();
  const uncaught: unknown[] = [];
  const note = (error: Error | null) => uncaught.push(error);
  process.on('unhandledRejection', note).on('uncaughtException', note);
  const ask = async () => assert((await caller.call(ACTION)) === 'still here', 'another answer');
  let sent = 0;
  return {
    inputs,
    lanes: 4,
    attack: async ({ command, content }) => {
      const queue = `MOL-${namespace}.${command}.${NODE}`;
      await new Promise<void>((resolve, reject) =>
        channel.sendToQueue(queue, Buffer.from(content), {}, (error: Error | null) =>
          error ? reject(error) : resolve(),
        ),
      );
      sent += 1;
      if (sent % ASK_EVERY === 0) await ask();
      return command;
    },
    watched: { pid: process.pid, files: () => Promise.resolve([]) },
    settle: async () => {
      await ask();
      assert(
        uncaught.length === 0,
        `Not caught: ${String((uncaught[0] as Error | undefined)?.stack ?? uncaught[0])}`,
      );
      return ['the node answers'];
    },
    stop: async () => {
      process.off('unhandledRejection', note).off('uncaughtException', note);
      await Promise.all([victim.stop(), caller.stop()]);
      await connection.close();
      await broker.stop();
    },
  };
});
