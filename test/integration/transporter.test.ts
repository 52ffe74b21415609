import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import amqp from 'amqplib';
import { ServiceBroker, type Context, type Middleware, type ServiceSchema } from 'moleculer';
import { registry } from '../../lib/metrics.ts';
import { AmqpTransporter } from '../../mixins/transporter/amqp-transporter.ts';
import { onlyOneOfThisName } from '../../mixins/transporter/own-name.ts';
import { untrackedCalls } from '../../mixins/transporter/untracked-calls.ts';
import { eventually } from '../support/eventually.ts';
import { startRabbit, type Rabbit } from '../support/rabbitmq.ts';

let rabbit: Rabbit;
beforeAll(async () => {
  rabbit = await startRabbit();
}, 120_000);
afterAll(() => rabbit.stop());

let runs = 0;
let namespace: string;
let nodes: ServiceBroker[];
beforeEach(() => {
  runs += 1;
  namespace = `test-${runs}`;
  nodes = [];
});
afterEach(async () => {
  await Promise.all(nodes.filter(({ started }) => started).map((node) => node.stop()));
});

/** @param middlewares beside those that every node has */
function createNode(nodeID: string, schema?: ServiceSchema, middlewares: Middleware[] = []): ServiceBroker {
  const node = new ServiceBroker({
    namespace,
    nodeID,
    logger: false,
    transporter: new AmqpTransporter(rabbit.url),
    disableBalancer: true,
    requestTimeout: 20_000,
    heartbeatInterval: 1,
    heartbeatTimeout: 10,
    tracking: { enabled: true, shutdownTimeout: 10_000 },
    middlewares: [untrackedCalls, ...middlewares],
    skipProcessEventRegistration: true,
  });
  if (schema) node.createService(schema);
  nodes.push(node);
  return node;
}

/** A replica of the service `work`, and the requests that it has in hand: by their number, how to finish them. */
function createReplica(nodeID: string) {
  const inHand = new Map<number, () => void>();
  const seen: number[] = [];
  const ids = new Map<number, string>();
  const node = createNode(nodeID, {
    name: 'work',
    actions: {
      quick: () => nodeID,
      slow: async ({ id, params: { number } }: Context<{ number: number }>) => {
        seen.push(number);
        ids.set(number, id);
        await new Promise<void>((resolve) => inHand.set(number, resolve));
        return nodeID;
      },
    },
  });
  const finish = () => {
    for (const resolve of inHand.values()) resolve();
    inHand.clear();
  };
  return { node, seen, ids, inHand, finish };
}

type Replica = ReturnType<typeof createReplica>;

/** A caller and two replicas that it can reach. */
async function startThree(): Promise<{ caller: ServiceBroker; one: Replica; two: Replica }> {
  const [one, two] = [createReplica('one'), createReplica('two')];
  const caller = createNode('caller');
  await Promise.all(nodes.map((node) => node.start()));
  await bothAnswer(caller);
  return { caller, one, two };
}

const quick = (caller: ServiceBroker) => caller.call<string, object>('work.quick', {}, { timeout: 2000 });
const slow = (caller: ServiceBroker, number: number, timeout = 20_000) =>
  caller.call<string, object>('work.slow', { number }, { timeout });

/** Wait until requests are answered again, by both replicas. */
async function bothAnswer(caller: ServiceBroker): Promise<void> {
  const answered = new Set<string>();
  await eventually(
    async () => {
      await quick(caller).then(
        (nodeID) => answered.add(nodeID),
        () => undefined,
      );
      return answered.size === 2;
    },
    'answers of both replicas',
    20_000,
  );
}

/** At least one request in the hand of each replica, and the answers to come. */
async function occupy(caller: ServiceBroker, one: Replica, two: Replica) {
  const sent: Promise<string>[] = [];
  await eventually(async () => {
    sent.push(slow(caller, sent.length));
    await eventually(() => one.inHand.size + two.inHand.size === sent.length, 'the request to arrive');
    return one.inHand.size > 0 && two.inHand.size > 0;
  }, 'a request in each hand');
  const answers = Promise.all(sent);
  return {
    count: sent.length,
    answers,
    /** Finish whatever comes into a hand until all requests are answered. */
    finish: async () => {
      let settled = false;
      void answers.finally(() => (settled = true)).catch(() => undefined);
      await eventually(() => {
        one.finish();
        two.finish();
        return settled;
      }, 'the answers');
      return answers;
    },
  };
}

async function onChannel<T>(work: (channel: amqp.Channel) => Promise<T>): Promise<T> {
  const connection = await amqp.connect(rabbit.url);
  try {
    return await work(await connection.createChannel());
  } finally {
    await connection.close();
  }
}

test('replicas share requests, each has several in hand, and the rest waits for whoever is free', async () => {
  const { caller, one, two } = await startThree();
  const answers = Array.from({ length: 50 }, (_, number) => slow(caller, number));
  await eventually(() => one.inHand.size === 20 && two.inHand.size === 20, 'both replicas to be busy');
  one.finish();
  await eventually(() => one.inHand.size === 10, 'one replica to take the rest');
  one.finish();
  two.finish();
  expect((await Promise.all(answers)).filter((nodeID) => nodeID === 'one')).toHaveLength(30);
});

test('a request in the hand of a replica that dies goes to another, under the same id', async () => {
  const { caller, one, two } = await startThree();
  const { count, answers } = await occupy(caller, one, two);
  await one.node.transit?.tx.disconnect();
  await eventually(() => two.inHand.size === count, 'all requests to come to the other replica');
  two.finish();
  expect(new Set(await answers)).toEqual(new Set(['two']));
  for (const [number, id] of one.ids) expect(two.ids.get(number)).toBe(id);
  expect(one.ids.size).toBeGreaterThan(0);
  one.finish();
});

test('a replica that stops takes nothing new and answers what it has', async () => {
  const { caller, one, two } = await startThree();
  const { answers } = await occupy(caller, one, two);
  const stopped = one.node.stop();
  let running = true;
  const others: string[] = [];
  const stream = async () => {
    while (running) others.push(await quick(caller));
  };
  const streaming = stream();
  const onlyTwo = () => others.length > 20 && others.slice(-20).every((nodeID) => nodeID === 'two');
  await eventually(onlyTwo, 'all new requests to go to the other replica');
  one.finish();
  two.finish();
  await stopped;
  running = false;
  await streaming;
  expect(new Set(await answers)).toEqual(new Set(['one', 'two']));
});

test('a request whose caller has gone is not handled', async () => {
  const { caller, one, two } = await startThree();
  const busy = Array.from({ length: 40 }, (_, number) => slow(caller, number));
  await eventually(() => one.inHand.size + two.inHand.size === 40, 'both replicas to be busy');
  await expect(slow(caller, 100, 200)).rejects.toMatchObject({ name: 'RequestTimeoutError' });
  const waiting = () => onChannel((channel) => channel.checkQueue(`MOL-${namespace}.REQB.work.slow`));
  await eventually(async () => (await waiting()).messageCount === 0, 'the request to expire');
  one.finish();
  two.finish();
  await Promise.all(busy);
  const last = slow(caller, 101);
  await eventually(() => one.inHand.size + two.inHand.size === 1, 'the next request');
  one.finish();
  two.finish();
  await last;
  expect([...one.seen, ...two.seen]).not.toContain(100);
  const asked = performance.now();
  await caller.stop();
  expect(performance.now() - asked).toBeLessThan(2000);
});

test('a request that no queue takes fails at once', async () => {
  const { caller, one, two } = await startThree();
  for (const { node } of [one, two]) await node.transit?.tx.disconnect();
  await onChannel((channel) => channel.deleteQueue(`MOL-${namespace}.REQB.work.quick`));
  await expect(quick(caller)).rejects.toMatchObject({ type: 'unavailable' });
});

test('all queues are deleted: everybody subscribes again', async () => {
  const { caller, one, two } = await startThree();
  await rabbit.deleteAllQueues();
  await bothAnswer(caller);
  const { finish } = await occupy(caller, one, two);
  await finish();
});

test('RabbitMQ closes every channel with requests in hand: they are answered, and so are the next', async () => {
  const { caller, one, two } = await startThree();
  const { finish } = await occupy(caller, one, two);
  const connections = await rabbit.ctl('list_connections', 'pid');
  // Sending to an exchange that isn't there is a fault for which RabbitMQ closes the channel.
  await onChannel((channel) => channel.deleteExchange(`MOL-${namespace}.HEARTBEAT`));
  await eventually(async () => (await rabbit.ctl('list_connections', 'pid')) !== connections, 'the blow');
  await finish();
  await bothAnswer(caller);
});

test('RabbitMQ restarts with requests in hand: their callers are told, requests meanwhile fail at once', async () => {
  const { caller, one, two } = await startThree();
  const { answers } = await occupy(caller, one, two);
  await rabbit.restart(async () => {
    const asked = performance.now();
    await expect(quick(caller)).rejects.toMatchObject({ name: 'BrokerDisconnectedError' });
    expect(performance.now() - asked).toBeLessThan(500);
    await expect(answers).rejects.toMatchObject({ type: 'unavailable' });
    expect(performance.now() - asked).toBeLessThan(6000);
  });
  await bothAnswer(caller);
}, 90_000);

test('a process may start before RabbitMQ does', async () => {
  await rabbit.kill();
  const { node } = createReplica('one');
  createReplica('two');
  const caller = createNode('caller');
  const started = Promise.all(nodes.map((each) => each.start()));
  await rabbit.restart();
  await started;
  expect(node.started).toBe(true);
  await bothAnswer(caller);
}, 90_000);

test.each([
  ['has a name that no queue can have', 'x'.repeat(300)],
  ['is not named', undefined],
  ['is no text', { x: 1 }],
])('a request whose sender %s changes nothing for the others', async (_name, sender) => {
  const { caller } = await startThree();
  const uncaught: unknown[] = [];
  const note = (error: unknown) => uncaught.push(error);
  process.on('unhandledRejection', note);
  const packet = { ver: '5', sender, id: '1', action: 'work.quick', params: {}, meta: {} };
  const connection = await amqp.connect(rabbit.url);
  const channel = await connection.createConfirmChannel();
  channel.sendToQueue(`MOL-${namespace}.REQB.work.quick`, Buffer.from(JSON.stringify(packet)));
  await channel.waitForConfirms();
  // Behind it in the same queue, to both replicas.
  for (let n = 0; n < 50; n += 1) await caller.call('work.quick');
  process.off('unhandledRejection', note);
  await connection.close();
  expect(uncaught).toEqual([]);
});

/** Somebody else at the broker, who writes whatever they like to all processes. */
async function forge(packets: [command: string, packet: object][]): Promise<void> {
  const connection = await amqp.connect(rabbit.url);
  const channel = await connection.createConfirmChannel();
  for (const [command, packet] of packets) {
    const content = Buffer.from(JSON.stringify({ ver: '5', ...packet }));
    channel.publish(`MOL-${namespace}.${command}`, '', content);
  }
  await channel.waitForConfirms();
  await connection.close();
}

const forgedPackets = async () => {
  const found = await registry.getSingleMetric('video_system_forged_packets_total')?.get();
  return found?.values[0]?.value ?? 0;
};

const lie = { sender: 'victim', instanceID: 'another', services: [], config: {}, seq: 2, metadata: {} };

test('what somebody says under a process’s own name is dropped, counted and told once', async () => {
  const victim = createNode('victim', undefined, [onlyOneOfThisName('victim')]);
  const ends: string[] = [];
  const told: unknown[] = [];
  victim.fatal = (message) => ends.push(message);
  victim.logger.warn = (message) => told.push(message);
  victim.createService({ name: 'work', actions: { quick: () => 'still here' } });
  const caller = createNode('caller');
  await Promise.all(nodes.map((node) => node.start()));
  const before = await forgedPackets();
  await forge([
    ['INFO', lie],
    ['HEARTBEAT', { sender: 'victim', instanceID: 'another', cpu: 0 }],
    ['DISCONNECT', { sender: 'victim' }],
    ['INFO', lie],
  ]);
  await eventually(async () => (await forgedPackets()) === before + 2, 'the lies to arrive');
  // The others believe a farewell until the next heartbeat.
  await eventually(() => quick(caller).catch(() => undefined), 'the process to be found again');
  expect(await quick(caller)).toBe('still here');
  expect(ends).toEqual([]);
  expect(told).toEqual([expect.stringMatching(/under the name of this process, victim$/)]);
});

test('two processes that were given the same name are still an error', async () => {
  const node = createNode('victim', undefined, [onlyOneOfThisName('a-name-that-was-made')]);
  const ended = new Promise<string>((resolve) => (node.fatal = resolve));
  await node.start();
  await forge([['INFO', lie]]);
  expect(await ended).toMatch(/nodeID conflict/);
});
