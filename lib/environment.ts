import { readConfig } from './config.ts';

/** The process's configuration; this module is the only reader of `process.env`. */
export const config = readConfig(process.env);
