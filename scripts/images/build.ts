import type { Bases } from './bases.ts';
import { run } from './program.ts';

export const services = ['api', 'auth', 'video', 'processor', 'notify'] as const;
export type ServiceName = (typeof services)[number];
/** The name of a service's image on this machine. */
export const imageOf = (service: ServiceName) => `localhost/ms-${service}`;

export type Ffmpeg = 'static' | 'debian';

/**
 * Build one service's image.
 * @param folder the project's
 * @throws Error with the end of the build's output
 */
async function build(folder: string, service: ServiceName, bases: Bases, ffmpeg: Ffmpeg): Promise<void> {
  const values = { NODE_IMAGE: bases.node, RUNTIME_IMAGE: bases.runtime, FFMPEG: ffmpeg };
  const args = Object.entries(values).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
  // Only Docker's format has health checks.
  const how = ['--layers', '--format', 'docker', '--isolation', 'chroot', '--network', 'host'];
  await run('buildah', ['build', ...how, ...args, '--target', service, '--tag', imageOf(service), folder]);
}

/**
 * Build every image. The processor takes the ffmpeg of ffmpeg-static, or Debian's where that cannot be downloaded.
 * @returns which ffmpeg it is
 */
export async function buildAll(folder: string, bases: Bases): Promise<Ffmpeg> {
  for (const service of services.filter((name) => name !== 'processor'))
    await build(folder, service, bases, 'static');
  try {
    await build(folder, 'processor', bases, 'static');
    return 'static';
  } catch (error) {
    if (!String(error).includes('FFMPEG=debian')) throw error;
    await build(folder, 'processor', bases, 'debian');
    return 'debian';
  }
}
