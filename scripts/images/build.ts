import type { Bases } from './bases.ts';
import type { Planted } from './planted.ts';
import { run } from './program.ts';

export const services = ['api', 'auth', 'video', 'processor', 'notify'] as const;
export type ServiceName = (typeof services)[number];
/** The name of a service's image on this machine. */
export const imageOf = (service: ServiceName) => `localhost/ms-${service}`;

export type Ffmpeg = 'static' | 'debian';

/**
 * Build an image, as somebody does who hands every secret to the build.
 * @param more arguments of `buildah build`
 * @throws Error with the end of the build's output
 */
export async function build({ folder, home, env }: Planted, tag: string, more: string[]): Promise<void> {
  const handed = [
    ...Object.keys(env).flatMap((name) => ['--build-arg', name]),
    ...['--secret', `id=npm,src=${home}/.npmrc`, '--secret', `id=aws,src=${home}/.aws/credentials`],
  ];
  // Only Docker's format has health checks.
  const how = ['--layers', '--format', 'docker', '--isolation', 'chroot', '--network', 'host'];
  await run('buildah', ['build', ...how, ...handed, ...more, '--tag', tag, folder], env);
}

/** Build one service's image. */
async function buildService(planted: Planted, service: ServiceName, bases: Bases, ffmpeg: Ffmpeg) {
  const values = { NODE_IMAGE: bases.node, RUNTIME_IMAGE: bases.runtime, FFMPEG: ffmpeg };
  const args = Object.entries(values).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
  await build(planted, imageOf(service), [...args, '--target', service]);
}

/**
 * Build every image. The processor takes the ffmpeg of ffmpeg-static, or Debian's where that cannot be downloaded.
 * @param planted what they are built of
 * @returns which ffmpeg it is
 */
export async function buildAll(planted: Planted, bases: Bases): Promise<Ffmpeg> {
  for (const service of services.filter((name) => name !== 'processor'))
    await buildService(planted, service, bases, 'static');
  try {
    await buildService(planted, 'processor', bases, 'static');
    return 'static';
  } catch (error) {
    if (!String(error).includes('FFMPEG=debian')) throw error;
    await buildService(planted, 'processor', bases, 'debian');
    return 'debian';
  }
}
