import { makeBrokerUsers, type BrokerUsers } from '../../scripts/broker-users.ts';
import type { Rabbit } from './rabbitmq.ts';

/** Give a broker its definitions, with users that have new passwords. */
export async function loadBrokerUsers(rabbit: Rabbit, namespace = 'video-system'): Promise<BrokerUsers> {
  const users = makeBrokerUsers(namespace);
  const encoded = Buffer.from(JSON.stringify(users.definitions)).toString('base64');
  // As `load_definitions` and the HTTP interface do it; a broker in a container sees no file of ours.
  const told = await rabbit.ctl('eval', `rabbit_definitions:import_raw(base64:decode(<<"${encoded}">>)).`);
  if (told.trim() !== 'ok') throw new Error(`RabbitMQ does not take its definitions: ${told}`);
  return users;
}
