// Makes the users of a broker that is somewhere else: for each service one, one for operators, one for KEDA and one for
// whoever looks after the broker. Usage: npm run make:broker-users -- FOLDER amqps://HOST [NAMESPACE]. FOLDER gets what the
// broker is to be given (definitions.json) and what everybody else is (users.json). Never over others.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { roles } from '../lib/broker/roles.ts';
import { makeBrokerUsers } from './broker-users.ts';

const [folder, broker = '', namespace = 'video-system'] = process.argv.slice(2);

if (folder === undefined || !/^amqps?:\/\/[^/]/.test(broker)) {
  console.error('Usage: npm run make:broker-users -- FOLDER amqps://HOST [NAMESPACE]');
  process.exit(2);
}
const made = makeBrokerUsers(namespace);
const users = {
  ...Object.fromEntries(roles.map((role) => [role, { AMQP_URL: made.urlOf(role, broker) }])),
  scaler: { user: `${namespace}-scaler`, password: made.passwords.scaler },
  administrator: { user: `${namespace}-administrator`, password: made.passwords.administrator },
};
await mkdir(folder, { recursive: true, mode: 0o700 });
for (const [name, content] of Object.entries({ definitions: made.definitions, users })) {
  await writeFile(join(folder, `${name}.json`), JSON.stringify(content, null, 2), {
    flag: 'wx',
    mode: 0o600,
  });
}
console.log(`Give ${folder}/definitions.json to the broker, and each service its own part of users.json`);
