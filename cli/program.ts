import { Command } from 'commander';
import { addAccountCommands } from './commands/account.ts';
import { addFramesCommand } from './commands/frames.ts';
import { addTransferCommands } from './commands/transfers.ts';
import { addVideoCommands } from './commands/videos.ts';

/** The command-line client with all its commands. */
export function createProgram(): Command {
  const program = new Command('video-system')
    .description('Upload videos and get their frames back.')
    .option('--url <address>', 'of the installation (VIDEO_SYSTEM_URL; else the one that is logged in to)')
    .option('--json', 'print results as JSON, and how things go as JSON lines on standard error')
    .addHelpText('after', '\nVIDEO_SYSTEM_API_KEY: an API key, used instead of a login.')
    .showHelpAfterError()
    .exitOverride();
  addAccountCommands(program);
  addTransferCommands(program);
  addVideoCommands(program);
  addFramesCommand(program);
  return program;
}
