import { defineConfig } from 'eslint/config';
import root from '../eslint.config.js';

// The rules of the application; this folder is left out there, as its packages may be missing.
export default defineConfig(
  { ignores: ['node_modules/'] },
  root.filter((part) => !part.ignores?.includes('.github/')),
  { rules: { 'no-restricted-properties': 'off', 'no-console': 'off' } },
  // The runner waits for what it is told.
  { files: ['test/**'], rules: { '@typescript-eslint/no-floating-promises': 'off' } },
);
