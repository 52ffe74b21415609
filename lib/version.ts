import packageJson from '../package.json' with { type: 'json' };

/** The version of the whole system, as in package.json. */
export const { version } = packageJson;
