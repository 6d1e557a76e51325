<?php

// Every path that is no file comes here.
header('content-type: text/plain');
error_log('asked for ' . $_SERVER['REQUEST_URI']);
echo 'Hello from PHP ' . PHP_MAJOR_VERSION . ' on ' . $_SERVER['REQUEST_URI'] . ', ' . mb_strtoupper('ümlaut') . ', ' . ($_ENV['PORT'] ?? 'no port') . "\n";
