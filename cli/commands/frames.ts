import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Option, type Command } from 'commander';
import { dataOf, type Schemas } from '../../client/index.ts';
import { contextOf, type Context } from '../context.ts';
import { CliError, exitCodes } from '../exit-codes.ts';
import { bytes, table } from '../output.ts';
import { number } from '../recipe-options.ts';
import { saveFrame } from '../save.ts';

type Frame = Schemas['Frame'];

interface FramesOptions {
  download?: string;
  frame?: number;
  at?: number;
}

const PAGE = 1000;

/** The command about single frames. */
export function addFramesCommand(program: Command): void {
  program
    .command('frames')
    .description('list the frames of a video, or download them one by one')
    .argument('<id>')
    .option('--download <folder>', 'put them there')
    .option('--frame <number>', 'only this one, counted from 1', number)
    .addOption(
      new Option('--at <seconds>', 'only the last one at or before this time of the video')
        .argParser(number)
        .conflicts('frame'),
    )
    .action(async (id: string, options: FramesOptions, command: Command) =>
      frames(await contextOf(command), id, options),
    );
}

async function frames(context: Context, id: string, options: FramesOptions): Promise<void> {
  const found = await findFrames(context, id, options);
  const { download } = options;
  if (download !== undefined) {
    await mkdir(download, { recursive: true });
    for (const frame of found) {
      // The name comes from the server: it must not lead out of the folder.
      await saveFrame(context, frame, join(download, basename(frame.file ?? String(frame.index))));
    }
  }
  const rows = found.map((it) => [it.index, it.timeSeconds.toFixed(3), bytes(it.size), it.file ?? '']);
  context.output.result(found, table(['frame', 'seconds', 'size', 'file'], rows));
}

async function findFrames(context: Context, id: string, { frame, at }: FramesOptions): Promise<Frame[]> {
  if (frame !== undefined) return [await byNumber(context, id, frame)];
  if (at !== undefined) return [await byTime(context, id, at)];
  return Array.fromAsync(framesOf(context, id));
}

/** The API's cursor is the number of the frame before. */
async function byNumber(context: Context, id: string, index: number): Promise<Frame> {
  if (!Number.isSafeInteger(index) || index < 1) {
    throw new CliError('bad_option', '--frame is a whole number above 0', exitCodes.wrongUse);
  }
  const [found] = (await pageOf(context, id, index - 1, 1)).items;
  return found ?? none(`There is no frame ${index}`);
}

async function byTime(context: Context, id: string, seconds: number): Promise<Frame> {
  let last: Frame | undefined;
  for await (const frame of framesOf(context, id)) {
    if (frame.timeSeconds > seconds) break;
    last = frame;
  }
  return last ?? none(`There is no frame at ${seconds} s, nor before`);
}

function none(message: string): never {
  throw new CliError('no_frame', message, exitCodes.notFound);
}

async function* framesOf(context: Context, id: string): AsyncGenerator<Frame> {
  for (let cursor: number | null = 0; cursor !== null;) {
    const page: Awaited<ReturnType<typeof pageOf>> = await pageOf(context, id, cursor, PAGE);
    yield* page.items;
    cursor = page.nextCursor;
  }
}

const pageOf = ({ api }: Context, id: string, cursor: number, limit: number) =>
  dataOf(api.GET('/video/{id}/frames', { params: { path: { id }, query: { cursor, limit } } }));
