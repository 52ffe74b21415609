import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './program.ts';

/** A developer's checkout and environment, full of secrets that nobody uses. */
export interface Planted {
  /** What images are built of. */
  folder: string;
  /** A folder beside it, as the developer's own. */
  home: string;
  /** The environment of the build. */
  env: Record<string, string>;
  /** Each secret's value, and what it is. */
  secrets: Map<string, string>;
  remove(): Promise<void>;
}

/** The passwords and keys in a text are long. */
const SECRET = /[\w+/]{43,}=*/g;
const secret = () => randomBytes(24).toString('hex');

/**
 * Copy the project, and put secrets wherever a developer has them: made by the project's own programs where it has some.
 * @param root the project's folder
 */
export async function plantSecrets(root: string): Promise<Planted> {
  const place = await mkdtemp(join(tmpdir(), 'planted-'));
  const [folder, home] = [join(place, 'project'), join(place, 'home')];
  await copyProject(root, folder);
  await run(process.execPath, [makeEnv, folder]);
  await run(process.execPath, [makeSecrets, join(folder, CLUSTER)]);
  const env = { AWS_SECRET_ACCESS_KEY: secret(), AWS_SESSION_TOKEN: secret(), NPM_TOKEN: secret() };
  const secrets = new Map(Object.entries(env).map(([name, value]) => [value, `${name} of the build`]));
  const keep = (path: string, text: string) => {
    const values = text.match(SECRET) ?? [];
    if (values.length === 0) throw new Error(`There is no secret in ${path}`);
    for (const value of values) secrets.set(value, path);
  };
  const made = (await readdir(join(folder, CLUSTER))).map((name) => join(CLUSTER, name));
  for (const path of ['.env', ...made]) keep(path, await readFile(join(folder, path), 'utf8'));
  for (const [path, text] of Object.entries(handMade())) {
    const file = path.startsWith('~') ? join(home, path.slice(1)) : join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await appendFile(file, text);
    keep(path, text);
  }
  return { folder, home, env, secrets, remove: () => rm(place, { recursive: true, force: true }) };
}

const script = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const [makeEnv, makeSecrets] = [script('make-env.ts'), script('make-secrets.ts')];

const CLUSTER = 'k8s/overlays/dev/secrets';
const NOT_COPIED = new Set([
  'node_modules',
  '.git',
  'data',
  'dist',
  'coverage',
  'cdktf.out',
  '.vendor',
  '.env',
]);

/** Timestamps stay, for the builder's cache. A checkout's own secrets stay where they are. */
async function copyProject(root: string, folder: string): Promise<void> {
  const filter = (path: string) => path !== join(root, CLUSTER) && !NOT_COPIED.has(basename(path));
  await cp(root, folder, { recursive: true, preserveTimestamps: true, filter });
}

/** What no program of the project makes; some of it where the images' own code is. */
function handMade(): Record<string, string> {
  return {
    '.npmrc': `//registry.example/:_authToken=${secret()}\n`,
    '.git/config': `[remote "origin"]\n\turl = https://me:${secret()}@git.example/video-system.git\n`,
    'data/keys/access-token.pem': privateKey(),
    'data/keys/webhooks.key': randomBytes(32).toString('base64'),
    'lib/.env': `AUTH_DATABASE_PASSWORD=${secret()}\n`,
    'services/auth/access-token.pem': privateKey(),
    'services/notify/webhooks.key': randomBytes(32).toString('base64'),
    'lib/.npmrc': `//registry.example/:_authToken=${secret()}\n`,
    'web/.env.local': `TOKEN=${secret()}\n`,
    '~/.npmrc': `//registry.example/:_authToken=${secret()}\n`,
    '~/.aws/credentials': `[default]\naws_secret_access_key = ${secret()}\n`,
  };
}

const privateKey = () =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
