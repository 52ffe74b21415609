import { homedir } from 'node:os';
import { join } from 'node:path';

const { XDG_CONFIG_HOME, XDG_STATE_HOME, VIDEO_SYSTEM_API_KEY, VIDEO_SYSTEM_URL } = process.env;

/** The variables that this program reads; no other module does. */
export const environment = {
  apiKey: VIDEO_SYSTEM_API_KEY ?? null,
  url: VIDEO_SYSTEM_URL ?? null,
  configDir: join(XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'video-system'),
  stateDir: join(XDG_STATE_HOME ?? join(homedir(), '.local', 'state'), 'video-system'),
};
