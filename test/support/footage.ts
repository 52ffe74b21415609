import { fileURLToPath } from 'node:url';

/** The path of a clip that stands beside the tests. */
export const footage = (name: string) => fileURLToPath(new URL(`../footage/${name}`, import.meta.url));
