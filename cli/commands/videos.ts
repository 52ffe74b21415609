import { Option, type Command } from 'commander';
import { read } from 'read';
import { dataOf, type Schemas } from '../../client/index.ts';
import { contextOf, type Context } from '../context.ts';
import { CliError, exitCodes } from '../exit-codes.ts';
import { bytes, table } from '../output.ts';
import { recipeOf, withRecipe, type RecipeOptions } from '../recipe-options.ts';

type Video = Schemas['Video'];
type Status = Video['status'];
const STATUSES: Status[] = ['queued', 'processing', 'completed', 'failed', 'canceled', 'expired'];

interface ListOptions {
  status?: Status;
  search?: string;
  limit: number;
  all?: boolean;
}

/** Commands about videos that are there. */
export function addVideoCommands(program: Command): void {
  program
    .command('list')
    .description('list videos, newest first')
    .addOption(new Option('--status <status>', 'only those').choices(STATUSES))
    .option('--search <text>', 'only those with this in their filename')
    .option('--limit <number>', 'no more than so many', Number, 50)
    .addOption(new Option('--all', 'all of them').implies({ limit: Infinity }))
    .action(async (options: ListOptions, command: Command) => list(await contextOf(command), options));
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

async function list(context: Context, { status, search, limit, all }: ListOptions): Promise<void> {
  const { api, output } = context;
  if (!all && (!Number.isInteger(limit) || limit < 1)) {
    throw new CliError('bad_option', '--limit is a whole number above 0', exitCodes.wrongUse);
  }
  const videos: Video[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null && videos.length < limit) {
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
  if (cursor) output.note('There are more: --limit with a higher number, or --all');
}

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
