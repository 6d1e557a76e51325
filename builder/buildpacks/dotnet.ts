import { BuildFailure } from '../errors.ts'
import type { Source } from '../source.ts'
import type { Buildpack } from './buildpack.ts'

const IMAGES = { build: 'mcr.microsoft.com/dotnet/sdk', run: 'mcr.microsoft.com/dotnet/aspnet' }

/** Known, so that it can be said what is missing: Debian has no .NET, and a distribution of its own is not fetched. */
export const dotnet: Buildpack = {
  name: 'dotnet',
  title: '.NET',
  detect: (source) => [...source.entries.keys()].find((path) => /^[^/]+\.(?:sln|csproj|fsproj|vbproj)$/.test(path)),
  plan(source, because) {
    const version = /<TargetFramework>net(\d+\.\d+)/.exec(projectText(source))?.[1] ?? '8.0'
    throw new BuildFailure(
      'dotnet.unavailable',
      `${because} shows a .NET app, and the stack (Debian 12) has no .NET to build it with.`,
      {
        fix: [
          'What can be had on the docker engine:',
          `a Dockerfile that builds on ${IMAGES.build}:${version} and runs on ${IMAGES.run}:${version} with ASPNETCORE_URLS=http://+:$PORT;`,
          'a builder image of Cloud Native Buildpacks that knows .NET; or an image that is ready (paas deploy --image).',
          'Then push again.',
        ].join(' '),
        command: 'paas build:set builder=paketobuildpacks/builder-jammy-base',
      },
    )
  },
}

function projectText(source: Source): string {
  const project = [...source.entries.keys()].find((path) => path.endsWith('proj') && path.split('/').length <= 2)
  return project === undefined ? '' : (source.text(project) ?? '')
}
