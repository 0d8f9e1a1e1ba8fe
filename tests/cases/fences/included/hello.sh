echo hello
git status
