import { spawnSync } from 'node:child_process';

const works = (command: string[]) =>
  spawnSync(command[0] ?? '', [...command.slice(1), 'version']).status === 0;

/** The command of Docker Compose, which needs no Docker that answers to read a file; empty when there is none. */
export const findCompose = (): string[] => [['docker', 'compose'], ['docker-compose']].find(works) ?? [];
