import { BuildFailure } from '../errors.ts'
import type { BuildPlan, BuildStep, Runtime } from '../plan.ts'
import type { Source } from '../source.ts'
import type { Buildpack } from './buildpack.ts'

/** What the stack's Debian has. */
const DEBIAN_JAVA = 17
const GRADLE_FILES = ['build.gradle', 'build.gradle.kts']
/** The JVM sees the limit of its container; three quarters of it for the heap leave room for the rest. */
const JAVA_TOOL_OPTIONS = '-XX:MaxRAMPercentage=75'

export const java: Buildpack = {
  name: 'java',
  title: 'Java',
  startHint: 'java -jar target/app.jar',
  detect: (source) => ['pom.xml', ...GRADLE_FILES, 'Main.java'].find((name) => source.entries.has(name)),
  plan(source, because): BuildPlan {
    const { step, web, packages, programs } = build(source)
    return {
      buildpack: 'java',
      title: 'Java',
      because,
      runtimes: [javaVersion(source)],
      packages: ['default-jre-headless'],
      buildPackages: ['default-jdk-headless', ...packages],
      programs: [{ name: 'javac', package: 'default-jdk-headless' }, ...programs],
      steps: [step],
      outputs: ['.'],
      environment: { JAVA_TOOL_OPTIONS },
      processTypes: { web },
      notes: [`web starts with \`${web}\`.`],
      warnings: [],
    }
  },
}

type JavaBuild = { step: BuildStep; web: string; packages: string[]; programs: { name: string; package: string }[] }

function build(source: Source): JavaBuild {
  if (source.has('pom.xml')) return maven(source)
  if (GRADLE_FILES.some((name) => source.has(name))) return gradle(source)
  const command = ['sh', '-c', 'exec javac -d classes $(find . -name "*.java")']
  return { step: compiling('Compiling', command, []), web: 'java -cp classes Main', packages: [], programs: [] }
}

function maven(source: Source): JavaBuild {
  const wrapped = source.has('mvnw')
  const program = wrapped ? 'sh ./mvnw' : 'mvn'
  const text = `exec ${program} --batch-mode -Dmaven.repo.local="$MAVEN_REPOSITORY" -DskipTests \${MAVEN_CUSTOM_OPTS:-} package`
  const caches = [
    { id: 'maven', variable: 'MAVEN_REPOSITORY' },
    { id: 'maven-wrapper', variable: 'MAVEN_USER_HOME' },
  ]
  return {
    step: compiling('Building with Maven', ['sh', '-c', text], caches),
    web: 'java -Dserver.port=$PORT $JAVA_OPTS -jar target/*.jar',
    packages: wrapped ? ['curl', 'unzip'] : ['maven'],
    programs: wrapped ? [] : [{ name: 'mvn', package: 'maven' }],
  }
}

function gradle(source: Source): JavaBuild {
  if (!source.has('gradlew')) throw noWrapper()
  const script = GRADLE_FILES.map((name) => (source.has(name) ? (source.text(name) ?? '') : '')).join('\n')
  const stage = /\btask\s+stage\b|register\(\s*["']stage["']/.test(script)
  const command = ['sh', './gradlew', '--no-daemon', ...(stage ? ['stage'] : ['build', '-x', 'test', '-x', 'check'])]
  return {
    step: compiling('Building with Gradle', command, [{ id: 'gradle', variable: 'GRADLE_USER_HOME' }]),
    web: 'java -Dserver.port=$PORT $JAVA_OPTS -jar "$(ls build/libs/*.jar | grep -v -e -plain.jar | head -n 1)"',
    packages: [],
    programs: [],
  }
}

function compiling(name: string, command: string[], caches: BuildStep['caches']): BuildStep {
  return { name, inputs: ['.'], commands: [command], caches, variables: {}, secrets: true }
}

/** system.properties as Heroku has it, else what pom.xml or build.gradle compile for; older ones are compiled by Debian's. */
function javaVersion(source: Source): Runtime {
  const wishes: [string, string | undefined][] = [
    [
      'java.runtime.version in system.properties',
      /^\s*java\.runtime\.version\s*=\s*([\w.]+)/m.exec(source.text('system.properties') ?? '')?.[1],
    ],
    [
      'pom.xml',
      /<(?:java\.version|maven\.compiler\.(?:release|target))>\s*([\d.]+)/.exec(source.text('pom.xml') ?? '')?.[1],
    ],
    ...GRADLE_FILES.map((name): [string, string | undefined] => [
      name,
      /(?:JavaLanguageVersion\.of\(|JavaVersion\.VERSION_|sourceCompatibility\s*=\s*['"]?)(\d[\d._]*)/.exec(
        source.text(name) ?? '',
      )?.[1],
    ]),
  ]
  const [because, wanted] = wishes.find(([, version]) => version !== undefined) ?? []
  if (wanted === undefined || because === undefined) {
    return { name: 'java', version: String(DEBIAN_JAVA), because: "the default, Debian's" }
  }
  const major = Number(wanted.replace(/^1[._]/, '').split(/[._]/)[0])
  if (major <= DEBIAN_JAVA)
    return {
      name: 'java',
      version: String(DEBIAN_JAVA),
      because: `${because} wants ${wanted}, which ${DEBIAN_JAVA} runs`,
    }
  throw new BuildFailure(
    'java.no-such-version',
    `${because} asks for Java ${wanted}, and the stack has ${DEBIAN_JAVA} (Debian's).`,
    {
      fix: `Compile for ${DEBIAN_JAVA} or older, or add a Dockerfile with the version that the app needs.`,
    },
  )
}

function noWrapper(): BuildFailure {
  return new BuildFailure(
    'java.no-gradle-wrapper',
    'The app is built by Gradle and has no gradlew, and the stack has no Gradle of today.',
    {
      fix: 'Commit the wrapper: gradlew and the directory gradle/wrapper.',
      command: 'gradle wrapper && git add gradlew gradle/wrapper && git commit -m "Add the Gradle wrapper"',
    },
  )
}
