import { z } from 'zod'
import {
  Build,
  BuildDetails,
  BuildLine,
  BuildSbom,
  ImageReference,
  RepositoryRef,
  RepositoryUrl,
  SourceVersion,
  StartedBuild,
} from './build.ts'
import { BuildSettings, UpdateBuildSettings } from './build-settings.ts'
import { AddBuildpack, Buildpacks } from './buildpack.ts'
import { PageQuery, page } from './page.ts'
import { app, type Route } from './route.ts'

const buildpackHelp = {
  fix: 'Nothing was changed. See how a buildpack is named.',
  command: 'paas buildpacks:set --help',
}

const buildSettings = z.object({ settings: BuildSettings, defaults: BuildSettings })

export const builds = {
  'build.settings': {
    summary: 'How the app is built, and the defaults',
    permission: 'app:view',
    params: app,
    response: buildSettings,
  },
  'build.update': {
    summary: 'Change what is named, from the next build on; null goes back to the default',
    permission: 'app:config',
    params: app,
    body: UpdateBuildSettings,
    response: buildSettings,
    help: { fix: 'Nothing was changed. See how each setting is written.', command: 'paas build:set --help' },
  },

  'buildpacks.list': {
    summary: 'What the app is built by, in order; empty where its files decide',
    permission: 'app:view',
    params: app,
    response: Buildpacks,
  },
  'buildpacks.set': {
    summary: 'Build by these, from the next build on; none lets the files decide',
    permission: 'app:config',
    params: app,
    body: Buildpacks,
    response: Buildpacks,
    help: buildpackHelp,
  },
  'buildpacks.add': {
    summary: 'Add one, at a place or behind the others',
    permission: 'app:config',
    params: app,
    body: AddBuildpack,
    response: Buildpacks,
    help: buildpackHelp,
  },
  'buildpacks.remove': {
    summary: 'Take one away',
    permission: 'app:config',
    params: app,
    query: z.object({ buildpack: z.string() }),
    response: Buildpacks,
  },
  'builds.list': {
    summary: 'Builds, newest first',
    permission: 'app:view',
    params: app,
    query: PageQuery,
    response: page(Build),
  },
  'builds.create': {
    summary: 'Deploy a tar or tar.gz of a source tree, sent as the body; answers when it has arrived',
    permission: 'app:deploy',
    params: app,
    query: z.object({ version: SourceVersion.optional() }),
    upload: true,
    response: StartedBuild,
    status: 202,
  },
  'builds.fromImage': {
    summary: 'Deploy an image that is ready, by its name in a registry or on the box',
    permission: 'app:deploy',
    params: app,
    body: z.object({ image: ImageReference }),
    response: StartedBuild,
    status: 202,
    help: { fix: 'Name an image such as nginx:1.27.', command: 'paas deploy --help' },
  },
  'builds.fromImageArchive': {
    summary: 'Deploy an image as docker save writes it, sent as the body; answers when it has arrived',
    permission: 'app:deploy',
    params: app,
    query: z.object({ version: SourceVersion.optional() }),
    upload: true,
    response: StartedBuild,
    status: 202,
  },
  'builds.fromGit': {
    summary: 'Deploy a commit of a repository elsewhere, which the box fetches by https without signing in',
    permission: 'app:deploy',
    params: app,
    body: z.object({ url: RepositoryUrl, ref: RepositoryRef.optional() }),
    response: StartedBuild,
    status: 202,
    help: { fix: 'Name an address such as https://github.com/ada/shop.git#main.', command: 'paas deploy --help' },
  },
  'builds.info': {
    summary: 'One build',
    permission: 'app:view',
    params: app.extend({ build: z.string() }),
    response: BuildDetails,
  },
  'builds.sbom': {
    summary: 'What its image is made of, as far as lock files tell: CycloneDX 1.5',
    permission: 'app:view',
    params: app.extend({ build: z.string() }),
    response: BuildSbom,
  },
  'builds.output': {
    summary: 'Its output, live while it runs',
    permission: 'app:view',
    params: app.extend({ build: z.string() }),
    response: BuildLine,
    stream: true,
  },
  'builds.cancel': {
    summary: 'Cancel a waiting or running build',
    permission: 'app:deploy',
    params: app.extend({ build: z.string() }),
    response: Build,
  },
} as const satisfies Record<string, Route>
