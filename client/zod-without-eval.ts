// zod compiles object schemas with `new Function`, which the server's Content-Security-Policy forbids. This is where it keeps its settings; they
// are set without loading it, as it comes only with the pages that need it.
// The names are zod's own.
/* oxlint-disable no-underscore-dangle */
const zod = globalThis as { __zod_globalConfig?: { jitless?: boolean } };
zod.__zod_globalConfig = { ...zod.__zod_globalConfig, jitless: true };

// Makes this file a module, so that its names are its own.
// oxlint-disable-next-line unicorn/require-module-specifiers
export {};
