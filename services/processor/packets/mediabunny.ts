import { createRequire } from 'node:module';

/**
 * As `require` finds it: one file, where `import` finds eighty. A thread that reads packets starts for each job, and most
 * of what that costs is reading this in.
 */
export const mediabunny = createRequire(import.meta.url)('mediabunny') as typeof import('mediabunny');
