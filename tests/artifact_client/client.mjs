// GitHub's own artifact client on the command line, for the tests of the fake GitHub.
//   client.mjs MODULES upload NAME FOLDER    every file of FOLDER, as one artifact
//   client.mjs MODULES list                  those of the run
//   client.mjs MODULES download ID FOLDER    unpacked; ID alone is enough within the run
//   client.mjs MODULES delete NAME
// With RUN, OWNER, REPOSITORY and TOKEN in the environment, list and download ask over REST.
// The last line that it prints is the result, as JSON.
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [modules, command, subject, folder] = process.argv.slice(2)
const entry = join(modules, '@actions/artifact/lib/artifact.js')
const { DefaultArtifactClient } = await import(pathToFileURL(entry).href)
const client = new DefaultArtifactClient()

function files(folder) {
  return readdirSync(folder).flatMap(name => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? files(path) : [path]
  })
}

const { RUN, OWNER, REPOSITORY, TOKEN } = process.env
const findBy = RUN && {
  workflowRunId: Number(RUN),
  repositoryOwner: OWNER,
  repositoryName: REPOSITORY,
  token: TOKEN,
}

const commands = {
  upload: () => client.uploadArtifact(subject, files(folder), folder, { compressionLevel: 0 }),
  list: () => client.listArtifacts({ findBy }),
  download: () => client.downloadArtifact(Number(subject), { path: folder, findBy }),
  delete: () => client.deleteArtifact(subject),
}

try {
  console.log(JSON.stringify(await commands[command]()))
} catch (error) {
  console.error(String(error))
  process.exitCode = 1
}
