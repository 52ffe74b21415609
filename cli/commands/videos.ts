import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Option, type Command } from 'commander';
import { read } from 'read';
import { dataOf, type Schemas } from '../../client/index.ts';
import { contextOf, type Context } from '../context.ts';
import { CliError, exitCodes } from '../exit-codes.ts';
import { bytes, table } from '../output.ts';
import { recipeOf, withRecipe, type RecipeOptions } from '../recipe-options.ts';
import { saveFrame } from '../save.ts';

type Video = Schemas['Video'];
type Status = Video['status'];
const STATUSES: Status[] = ['queued', 'processing', 'completed', 'failed', 'canceled', 'expired'];

interface ListOptions {
  status?: Status;
  search?: string;
  limit: number;
}

/** Commands about videos that are there. */
export function addVideoCommands(program: Command): void {
  program
    .command('list')
    .description('list videos, newest first')
    .addOption(new Option('--status <status>', 'only those').choices(STATUSES))
    .option('--search <text>', 'only those with this in their filename')
    .option('--limit <number>', 'no more than so many', Number, 50)
    .action(async (options: ListOptions, command: Command) => list(await contextOf(command), options));
  program
    .command('frames')
    .description('list the frames of a video, or download them one by one')
    .argument('<id>')
    .option('--download <folder>', 'put them there')
    .action(async (id: string, options: { download?: string }, command: Command) =>
      frames(await contextOf(command), id, options.download),
    );
  addDeeds(program);
}

function addDeeds(program: Command): void {
  program
    .command('show')
    .description('show a video')
    .argument('<id>')
    .action(async (id: string, _options: unknown, command: Command) => {
      const { api, output } = await contextOf(command);
      const video = await dataOf(api.GET('/video/{id}', { params: { path: { id } } }));
      output.result(video, describeVideo(video));
    });
  for (const [name, description] of [
    ['retry', 'try again what has failed or was canceled'],
    ['cancel', 'stop the extraction'],
  ] as const) {
    program
      .command(name)
      .description(description)
      .argument('<id>')
      .action(async (id: string, _options: unknown, command: Command) => {
        const { api, output } = await contextOf(command);
        const video = await dataOf(api.POST(`/video/{id}/${name}`, { params: { path: { id } } }));
        output.result(video, `${id} is ${video.status}`);
      });
  }
  withRecipe(program.command('extract').description('take other frames of a video').argument('<id>')).action(
    async (id: string, options: RecipeOptions, command: Command) => {
      const { api, output } = await contextOf(command);
      const body = { recipe: recipeOf(options) };
      const video = await dataOf(api.POST('/video/{id}/extractions', { params: { path: { id } }, body }));
      output.result(video, `${id} is ${video.status}`);
    },
  );
  program
    .command('rm')
    .description('delete videos with their frames')
    .argument('<id...>')
    .option('--yes', 'don’t ask')
    .action(async (ids: string[], options: { yes?: boolean }, command: Command) =>
      remove(await contextOf(command), ids, options.yes ?? false),
    );
}

const describeVideo = (video: Video) =>
  [
    `${video.filename}  ${bytes(video.size)}`,
    `${video.status}, ${video.progress} %`,
    ...(video.archive ? [`${video.frameCount ?? 0} frames, ${bytes(video.archive.size)}`] : []),
    ...(video.error ? [`${video.error.code}: ${video.error.message}`] : []),
  ].join('\n');

async function list({ api, output }: Context, { status, search, limit }: ListOptions): Promise<void> {
  if (!Number.isInteger(limit) || limit < 1) {
    throw new CliError('bad_option', '--limit is a whole number above 0', exitCodes.wrongUse);
  }
  const videos: Video[] = [];
  for (let cursor: string | null | undefined; cursor !== null && videos.length < limit;) {
    const query = {
      ...(status ? { status } : {}),
      ...(search ? { q: search } : {}),
      ...(cursor ? { cursor } : {}),
      limit: Math.min(100, limit - videos.length),
    };
    const page = await dataOf(api.GET('/video', { params: { query } }));
    videos.push(...page.items);
    cursor = page.nextCursor;
  }
  const rows = videos.map((it) => [it.id, it.status, `${it.progress} %`, it.frameCount ?? '', it.filename]);
  output.result(videos, table(['id', 'status', 'done', 'frames', 'filename'], rows));
}

async function allFrames({ api }: Context, id: string): Promise<Schemas['Frame'][]> {
  const found: Schemas['Frame'][] = [];
  for (let cursor: number | null | undefined; cursor !== null;) {
    const query = { limit: 100, ...(cursor === undefined ? {} : { cursor }) };
    const page = await dataOf(api.GET('/video/{id}/frames', { params: { path: { id }, query } }));
    found.push(...page.items);
    cursor = page.nextCursor;
  }
  return found;
}

async function frames(context: Context, id: string, folder: string | undefined): Promise<void> {
  const found = await allFrames(context, id);
  if (folder !== undefined) {
    await mkdir(folder, { recursive: true });
    for (const frame of found) {
      // The name comes from the server: it must not lead out of the folder.
      await saveFrame(context, frame.url, join(folder, basename(frame.file ?? String(frame.index))));
    }
  }
  const rows = found.map((it) => [it.index, it.timeSeconds.toFixed(3), bytes(it.size), it.file ?? '']);
  output(context, found, rows);
}

const output = (context: Context, found: Schemas['Frame'][], rows: (string | number)[][]) =>
  context.output.result(found, table(['frame', 'seconds', 'size', 'file'], rows));

async function remove({ api, output: out }: Context, ids: string[], isSure: boolean): Promise<void> {
  if (!isSure) {
    if (!process.stdin.isTTY) {
      throw new CliError('not_confirmed', 'Without a terminal give --yes', exitCodes.wrongUse);
    }
    const answer = await read({
      prompt: `Delete ${ids.length} with all frames? (yes) `,
      output: process.stderr,
    });
    if (answer.trim() !== 'yes') throw new CliError('not_confirmed', 'Nothing was deleted');
  }
  for (const id of ids) await api.DELETE('/video/{id}', { params: { path: { id } } });
  out.result(ids, `Deleted ${ids.join(', ')}`);
}
