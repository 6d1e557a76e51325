console.log('migrating')
