#!/usr/bin/env node
import { CommanderError } from 'commander';
import { ApiProblem } from '../client/index.ts';
import { describeError, exitCodeOf, exitCodes, sentenceOf } from './exit-codes.ts';
import { plain } from './output.ts';
import { createProgram } from './program.ts';

// Uploads and downloads are kept: the same command goes on with them.
process.once('SIGINT', () => process.exit(exitCodes.interrupted));

const program = createProgram();
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
  // What was wrong with the arguments has been said already.
  if (!(error instanceof CommanderError)) tell(error);
}

function tell(error: unknown): void {
  const described = describeError(error);
  if (process.argv.includes('--json')) {
    process.stderr.write(`${JSON.stringify({ error: described })}\n`);
    return;
  }
  process.stderr.write(`video-system: ${plain(sentenceOf(described))}\n`);
  if (!(error instanceof ApiProblem)) return;
  for (const { path, message } of error.faults) process.stderr.write(`  ${plain(`${path}: ${message}`)}\n`);
  if (error.retryAfter !== undefined) process.stderr.write(`  try again in ${error.retryAfter} s\n`);
}
