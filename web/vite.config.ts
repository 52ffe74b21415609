import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

export default defineConfig({
  root: path('.'),
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: 'dist',
    rolldownOptions: { input: { page: path('index.html'), docs: path('docs.html') } },
    emptyOutDir: true,
    // The page's policy allows no data: URLs.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The first versions with light-dark(), which must stay as it is for the choice of a theme.
    target: ['chrome123', 'firefox120', 'safari17.5'],
    chunkSizeWarningLimit: 200,
  },
  server: {
    // `npx vite web` beside `npm start`: everything that is no file of the page is the gateway's.
    proxy: {
      '^/(?!src/|@|node_modules/|favicon|assets/|$|index\\.html|docs\\.html|\\?)': 'http://localhost:3000',
    },
  },
});
