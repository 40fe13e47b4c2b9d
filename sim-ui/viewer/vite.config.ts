import { fileURLToPath } from 'node:url';
import { defaultClientConditions, defineConfig } from 'vite';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: at('.'),
  base: './',
  resolve: {
    // The build for one thread on WebAssembly alone, whose binary the server hands out from the package.
    alias: { 'onnxruntime-web': 'onnxruntime-web/wasm' },
    conditions: ['onnxruntime-web-use-extern-wasm', ...defaultClientConditions],
  },
  // The page's content security policy admits files of its own origin only: nothing inline.
  build: {
    outDir: at('../../dist/viewer'),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2000,
    reportCompressedSize: false,
    // In one piece, so that a saved page can hold it.
    rolldownOptions: { output: { codeSplitting: false } },
  },
});
