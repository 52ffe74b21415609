import { toReplCommand } from './command.ts';
import { deadLetterCommands } from './dead-letters.ts';
import { jobCommands } from './jobs.ts';
import { peopleCommands } from './people.ts';
import { systemCommands } from './system.ts';

/** The commands that an operator has in the REPL beside Moleculer's own. */
export const replCommands = [...jobCommands, ...deadLetterCommands, ...peopleCommands, ...systemCommands].map(
  toReplCommand,
);
