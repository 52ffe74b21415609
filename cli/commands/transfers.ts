import { mkdir } from 'node:fs/promises';
import { basename, join, parse } from 'node:path';
import type { Command } from 'commander';
import { dataOf, type Schemas } from '../../client/index.ts';
import { contextOf, type Context } from '../context.ts';
import { CliError, describeError, exitCodeOf, exitCodes, sentenceOf } from '../exit-codes.ts';
import { showTransfer } from '../progress.ts';
import { recipeOf, withRecipe, type RecipeOptions, type WantedRecipe } from '../recipe-options.ts';
import { saveArchive } from '../save.ts';
import { sendFile, sizeOf } from '../transfer.ts';
import { createNews, type News } from '../news.ts';
import { watchVideo } from '../watch.ts';

type Video = Schemas['Video'];

interface UploadOptions extends RecipeOptions {
  watch?: boolean;
  download?: string;
}

/** How the upload of one file has ended. */
interface Outcome {
  file: string;
  video?: Video;
  archive?: { file: string; size: number; sha256: string };
  error?: ReturnType<typeof describeError>;
}

/** Commands that move bytes. */
export function addTransferCommands(program: Command): void {
  const upload = program
    .command('upload')
    .description('upload videos; the same command goes on with what was broken off')
    .argument('<file...>')
    .option('--watch', 'wait until the frames are ready')
    .option('--download <folder>', 'wait, and put the archives there');
  withRecipe(upload).action(async (files: string[], options: UploadOptions, command: Command) =>
    uploadAll(await contextOf(command), files, options),
  );
  program
    .command('download')
    .description('download the archive; the same command goes on with what was broken off')
    .argument('<id>')
    .option('-o, --output <file>', 'where to; the video’s name with .zip unless given')
    .option('--force', 'replace a file that is there')
    .action(async (id: string, options: { output?: string; force?: boolean }, command: Command) => {
      const context = await contextOf(command);
      const video = await dataOf(context.api.GET('/video/{id}', { params: { path: { id } } }));
      const file = options.output ?? archiveName(video);
      const saved = await saveArchive(context, video, file, options.force ?? false);
      context.output.result(saved, saved.file);
    });
}

/** The name comes from whoever has uploaded: it must not lead to another folder. */
const archiveName = (video: Video) => `${parse(basename(video.filename)).name || video.id}.zip`;

async function uploadAll(context: Context, files: string[], options: UploadOptions): Promise<void> {
  const recipe = recipeOf(options);
  const outcomes: Outcome[] = [];
  const codes: number[] = [];
  const failed = (outcome: Outcome, error: unknown) => {
    codes.push(exitCodeOf(error));
    outcome.error = describeError(error);
    context.output.note(`${outcome.file}: ${sentenceOf(outcome.error)}`);
  };
  const news = createNews(context);
  // One after the other: they share the line. What follows an upload is the server's work, for all at once.
  const following: Promise<void>[] = [];
  for (const file of files) {
    const outcome: Outcome = { file };
    outcomes.push(outcome);
    try {
      outcome.video = await uploadOne(context, file, recipe);
      following.push(
        follow(context, news, outcome, options).catch((error: unknown) => failed(outcome, error)),
      );
    } catch (error) {
      failed(outcome, error);
    }
  }
  await Promise.all(following);
  const lines = outcomes.flatMap(({ video, archive }) =>
    video ? [archive?.file ?? `${video.id} ${video.status}`] : [],
  );
  context.output.result(outcomes, lines.join('\n'));
  // Of several faults there is no one code but that something has failed.
  if (codes.length > 0) process.exitCode = files.length === 1 ? codes[0] : exitCodes.failed;
}

async function uploadOne(context: Context, path: string, recipe: WantedRecipe): Promise<Video> {
  const progress = showTransfer(context.output, { event: 'upload', file: path }, await sizeOf(path));
  try {
    const id = await sendFile(context, { path, recipe, onProgress: (sent) => progress.update(sent) });
    return await dataOf(context.api.GET('/video/{id}', { params: { path: { id } } }));
  } finally {
    progress.stop();
  }
}

async function follow(context: Context, news: News, outcome: Outcome, options: UploadOptions): Promise<void> {
  const { video, file } = outcome;
  if (!video || !(options.watch || options.download !== undefined)) return;
  const tell = ({ id, status, progress }: Video) => {
    context.output.note(`${basename(file)}: ${status}, ${progress} %`);
    context.output.event({ event: 'video', file, id, status, progress });
  };
  const end = (outcome.video = await watchVideo(context, news, video.id, tell));
  if (end.status !== 'completed') {
    throw new CliError(end.error?.code ?? end.status, end.error?.message ?? `The video is ${end.status}`);
  }
  if (options.download === undefined) return;
  await mkdir(options.download, { recursive: true });
  outcome.archive = await saveArchive(context, end, join(options.download, archiveName(end)), false);
}
