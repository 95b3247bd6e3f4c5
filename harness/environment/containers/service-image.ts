import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { ProofloadError } from "../../errors.ts";
import type { ProvisionOptions } from "../provision.ts";
import { buildImage } from "./build-image.ts";
import type { Engine } from "./engine.ts";
import { ensureImage, type Image, imageName, imageRemedy } from "./images.ts";

type ServiceImageOptions = Omit<ProvisionOptions, "layout" | "port">;

/**
 * The image of the service: the one that the definition names, or built from its Dockerfile. A build with unchanged
 * content is answered from the engine's cache.
 * @throws ProofloadError PL_CONFIG without a definition or Dockerfile, PL_DEPENDENCY_MISSING, PL_START_FAILED with the end
 * of the build's log.
 */
export async function ensureServiceImage(engine: Engine, options: ServiceImageOptions): Promise<Image> {
  const { service, configDirectory, guardian } = options;
  const { container } = service;
  if (container === undefined) {
    const what = `the service ${service.name} has no image for containers`;
    throw new ProofloadError("PL_CONFIG", what, {
      problems: [
        {
          what,
          where: `service ${service.name}: container`,
          instead: '{ dockerfile: "Dockerfile" } or { image: "name:tag" }, or run with --env embedded',
        },
      ],
    });
  }
  if ("image" in container) {
    const remedy = `name another one in service ${service.name}: container.image`;
    return ensureImage(engine, { ...options, name: container.image, remedy });
  }
  const context = resolve(configDirectory, container.context ?? ".");
  const dockerfile = resolve(configDirectory, container.dockerfile);
  if (!existsSync(dockerfile)) {
    const what = `there is no file ${dockerfile}`;
    throw new ProofloadError("PL_CONFIG", what, {
      problems: [{ what, where: `service ${service.name}: container.dockerfile`, instead: "the path of a Dockerfile" }],
    });
  }
  const text = await readFile(dockerfile, "utf8");
  // A Dockerfile that takes its Node from us gets the one that proofload runs with, or the one that is named.
  const usesNode = /^ARG NODE_IMAGE\b/m.test(text);
  const base = usesNode
    ? await ensureImage(engine, { ...options, name: imageName("node", guardian.env), remedy: imageRemedy("node") })
    : undefined;
  return buildImage(engine, {
    ...options,
    repository: `proofload/${imageSafe(service.name)}`,
    context,
    dockerfile: relative(context, dockerfile),
    base,
    buildArguments: { ...(base === undefined ? {} : { NODE_IMAGE: base.name }), ...container.buildArguments },
  });
}

/** What an image may be called: lower case, digits, and single separators. */
function imageSafe(name: string): string {
  const safe = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  return safe === "" ? "service" : safe;
}
