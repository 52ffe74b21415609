import { defineConfig } from 'eslint/config';
import root from '../../eslint.config.js';

// The rules of the application, without its exceptions; this folder is left out there, as its packages may be missing.
export default defineConfig(
  root.filter((part) => !part.ignores?.includes('k8s/check/')),
  { rules: { 'no-restricted-properties': 'off', 'no-console': 'off' } },
  // The runner waits for what it is told.
  { files: ['**/*.test.ts'], rules: { '@typescript-eslint/no-floating-promises': 'off' } },
);
