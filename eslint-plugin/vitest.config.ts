import { defineConfig, type ViteUserConfig } from "vitest/config";

const config: ViteUserConfig = defineConfig({
  test: {
    include: ["spec/**/*.spec.ts"],
    testTimeout: 60_000,
    reporters: ["default", "../spec/support/plain-summary.ts"],
  },
});

export default config;
