import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { routeTable } from './scripts/route-table.ts';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

export default defineConfig({
  root: path('client'),
  cacheDir: path('node_modules/.vite'),
  plugins: [react(), tailwindcss(), routeTable()],
  build: { outDir: path('dist/client'), emptyOutDir: true },
  test: {
    projects: [
      {
        extends: true,
        test: { name: 'unit', root: path('.'), include: ['{shared,server,client,scripts}/**/*.test.ts'], exclude: ['**/*.int.test.ts'] },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          root: path('.'),
          include: ['{server,scripts}/**/*.int.test.ts'],
          globalSetup: path('server/testing/global-setup.ts'),
          // They wait for other processes more than they compute: with three, two cores are busy.
          maxWorkers: 3,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
